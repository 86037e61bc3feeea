//! Items, and how they are read and written by their attributes.

pub(crate) use crate::transport::{
    key::Item,
    reader::{Reader, size},
    writer::Writer,
};
