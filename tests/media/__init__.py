"""Tests of annodesk.media on real files, made by the fixtures or by others."""
