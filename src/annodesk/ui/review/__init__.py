"""Review: the queue, the lanes of a disagreement side by side, and the rulings that settle an item."""
