//! A module whose manifest is broken.
