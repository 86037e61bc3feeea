//! What every function needs and no table: access to AWS, cryptography, the log, and memories that end.

pub mod cache;
pub mod causes;
pub mod connect;
pub mod crypto;
pub mod links;
pub mod logging;
pub mod signed;
