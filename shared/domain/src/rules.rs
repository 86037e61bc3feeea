//! What a project has set that tickets follow.

use std::sync::Arc;

use crate::policies::Policies;

/// The rules of a project. Those of a project that set nothing change nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rules {
    /// What it promises, and by when.
    pub policies: Arc<Policies>,
}
