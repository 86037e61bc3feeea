//! Addresses of files for customers, in the widget and in mails. They end with a signature, which proves that the desk made the
//! address: whoever has it may get the file, for as long as its ticket is there.

use lambdesk_domain::{ProjectId, TicketId, project::Project};
use lambdesk_runtime::crypto;
use uuid::Uuid;

/// How many bytes of the signature an address carries.
const SIGNATURE: usize = 16;

/// The address of a file below the desk's own, such as `https://desk.example.com`.
pub fn address(base: &str, project: &Project, ticket: TicketId, file: Uuid) -> String {
    let signature = signature(project, ticket, file);
    format!("{base}/api/conversations/v1/files/{}/{ticket}/{file}/{signature}", project.id)
}

/// Whether the desk made an address with this signature.
pub fn is_signed(project: &Project, ticket: TicketId, file: Uuid, given: &str) -> bool {
    crypto::same(given.as_bytes(), signature(project, ticket, file).as_bytes())
}

fn signature(project: &Project, ticket: TicketId, file: Uuid) -> String {
    let ProjectId(id) = project.id;
    hex::encode(&crypto::sign(project.cursor_key.as_bytes(), format!("file|{id}|{ticket}|{file}").as_bytes())[..SIGNATURE])
}
