//! The kinds of events, and their public names.

/// The kinds of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventName {
    /// A ticket was created.
    TicketCreated,
    /// The status of a ticket changed.
    StatusChanged,
    /// The priority of a ticket was set, changed or cleared.
    PriorityChanged,
    /// A ticket was assigned to someone else, or to nobody.
    Assigned,
    /// The tags of a ticket changed.
    TagsChanged,
    /// An agent wrote to the customer.
    MessageSent,
    /// A customer wrote.
    MessageReceived,
    /// A deadline is an hour or less away.
    SlaAtRisk,
    /// A deadline has passed.
    SlaBreached,
    /// The customer of a resolved ticket was asked for a rating.
    SatisfactionAsked,
    /// The customer gave a rating.
    SatisfactionAnswered,
}

impl EventName {
    /// Every event.
    pub const ALL: [Self; 11] = [
        Self::TicketCreated,
        Self::StatusChanged,
        Self::PriorityChanged,
        Self::Assigned,
        Self::TagsChanged,
        Self::MessageSent,
        Self::MessageReceived,
        Self::SlaAtRisk,
        Self::SlaBreached,
        Self::SatisfactionAsked,
        Self::SatisfactionAnswered,
    ];

    /// The name under which the event is published.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TicketCreated => "$conversation_ticket_created",
            Self::StatusChanged => "$conversation_ticket_status_changed",
            Self::PriorityChanged => "$conversation_ticket_priority_changed",
            Self::Assigned => "$conversation_ticket_assigned",
            Self::TagsChanged => "$conversation_ticket_tags_changed",
            Self::MessageSent => "$conversation_message_sent",
            Self::MessageReceived => "$conversation_message_received",
            Self::SlaAtRisk => "$conversation_sla_at_risk",
            Self::SlaBreached => "$conversation_sla_breached",
            Self::SatisfactionAsked => "$conversation_satisfaction_asked",
            Self::SatisfactionAnswered => "$conversation_satisfaction_answered",
        }
    }

    /// The event with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.name() == name)
    }
}
