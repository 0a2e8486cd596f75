//! The drivers of a run: a live one on tokio, and an offline one on a virtual clock.
