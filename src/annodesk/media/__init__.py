"""Files to arrays: probing, decoding, peaks, acoustic features, frames and what is derived from them."""
