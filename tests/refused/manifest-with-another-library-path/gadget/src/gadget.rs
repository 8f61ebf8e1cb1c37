//! A module whose library is not where it is looked for.
