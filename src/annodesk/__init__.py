"""annodesk: a desktop workbench for labelling audio, video, text and the records around them."""

__version__ = "0.1.0"
