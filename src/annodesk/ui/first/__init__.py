"""The first steps of somebody who has just come: their keys, the sound, three clips to practise on."""
