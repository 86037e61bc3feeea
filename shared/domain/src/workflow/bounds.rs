//! How large a definition may be.

/// How deep branches may be nested in branches, and conditions in conditions.
pub const MOST_NESTING: usize = 8;
/// The most steps of a workflow, including those within branches.
pub const MOST_STEPS: usize = 100;
/// The most members of a list that no other constant bounds: filters, branches, conditions, values.
pub const MOST_LISTED: usize = 100;
/// The most bytes of a definition as JSON. The definition lies on one item of the table, which each run reads.
pub const MOST_BYTES: usize = 100_000;
