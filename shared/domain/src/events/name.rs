//! The kinds of events, and their public names.

use crate::words::words;

words! {
    /// The kinds of events. The word is the name under which the event is published.
    EventName {
        /// A ticket was created.
        TicketCreated = "$conversation_ticket_created",
        /// The status of a ticket changed.
        StatusChanged = "$conversation_ticket_status_changed",
        /// The priority of a ticket was set, changed or cleared.
        PriorityChanged = "$conversation_ticket_priority_changed",
        /// A ticket was assigned to someone else, or to nobody.
        Assigned = "$conversation_ticket_assigned",
        /// The tags of a ticket changed.
        TagsChanged = "$conversation_ticket_tags_changed",
        /// An agent wrote to the customer.
        MessageSent = "$conversation_message_sent",
        /// A customer wrote.
        MessageReceived = "$conversation_message_received",
        /// A deadline is an hour or less away.
        SlaAtRisk = "$conversation_sla_at_risk",
        /// A deadline has passed.
        SlaBreached = "$conversation_sla_breached",
        /// The customer of a resolved ticket was asked for a rating.
        SatisfactionAsked = "$conversation_satisfaction_asked",
        /// The customer gave a rating.
        SatisfactionAnswered = "$conversation_satisfaction_answered",
        /// A message did not reach somebody by mail.
        DeliveryFailed = "$conversation_delivery_failed",
    }
}
