//! The fields of channels other than the widget, which every ticket shows. Those of Slack are null until it is a channel, so that
//! clients of PostHog Support's API find the keys they read (docs/compatibility.md).

use lambdesk_domain::mail::MailRoute;
use serde::Serialize;
use utoipa::ToSchema;

/// Where a Slack or e-mail conversation takes place.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct ChannelFields {
    /// The Slack channel.
    pub slack_channel_id: Option<String>,
    /// The Slack thread.
    pub slack_thread_ts: Option<String>,
    /// The Slack workspace.
    pub slack_team_id: Option<String>,
    /// The e-mail's subject.
    pub email_subject: Option<String>,
    /// The customer's address.
    pub email_from: Option<String>,
    /// The team's address.
    pub email_to: Option<String>,
    /// The addresses in copy.
    pub cc_participants: Vec<String>,
}

impl ChannelFields {
    /// The fields of a ticket with this conversation by mail, if it has one.
    pub fn of(route: Option<&MailRoute>) -> Self {
        let Some(MailRoute { address, subject, from, reply_to: _, cc }) = route.cloned() else { return Self::default() };
        Self {
            email_subject: Some(subject),
            email_from: Some(from),
            email_to: Some(address),
            cc_participants: cc,
            ..Self::default()
        }
    }
}
