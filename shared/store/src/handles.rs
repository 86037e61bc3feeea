//! What functions hold. [`door`] turns a credential into a handle, and [`desk`] is the handle of one project.

pub(crate) mod accounts;
pub(crate) mod audit;
pub(crate) mod bulk;
pub(crate) mod desk;
pub(crate) mod door;
pub(crate) mod each;
pub(crate) mod expecting;
pub(crate) mod founding;
pub(crate) mod line;
pub(crate) mod log;
pub(crate) mod members;
pub(crate) mod presence;
pub(crate) mod previous;
pub(crate) mod projected;
pub(crate) mod projects;
pub(crate) mod reply;
pub(crate) mod running;
pub(crate) mod runs;
pub(crate) mod saved;
pub(crate) mod sessions;
pub(crate) mod sign_ins;
pub(crate) mod thread;
pub(crate) mod visitor;
pub(crate) mod watch;
pub(crate) mod windows;
pub(crate) mod workflows;
