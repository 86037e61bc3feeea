//! The creator of something that a member saved.

use lambdesk_domain::UserId;
use lambdesk_store::Directory;
use serde::Serialize;
use utoipa::ToSchema;

/// The member who created it; without e-mail and name once they have left the project.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Creator {
    #[schema(value_type = u32)]
    id: UserId,
    email: Option<String>,
    first_name: Option<String>,
}

impl Creator {
    pub(crate) fn new(id: UserId, directory: &Directory) -> Self {
        let member = directory.member(id).cloned();
        let (email, first_name) = member.map(|member| (member.email, member.first_name)).unzip();
        Self { id, email, first_name }
    }
}
