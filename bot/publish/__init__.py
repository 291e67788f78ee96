"""Post: one file per channel. Content is frozen before it is sent, and sending twice is sending once."""
