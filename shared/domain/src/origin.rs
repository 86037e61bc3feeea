//! Where a ticket came from.

use crate::words::words;

words! {
    /// Where a ticket came from.
    Channel {
        /// The chat widget.
        Widget = "widget",
        /// An e-mail.
        Email = "email",
        /// A Slack message.
        Slack = "slack",
        /// The REST API.
        Api = "api",
    }
}

words! {
    /// How the channel was used.
    ChannelDetail {
        /// Through the widget's own button.
        WidgetEmbedded = "widget_embedded",
        /// Through the widget's JavaScript API while the button is off.
        WidgetApi = "widget_api",
    }
}

/// The channel that a ticket came through, with what only this channel knows. A ticket keeps its channel for good.
///
/// Whether the customer's identity is proven is not part of the origin: a customer may prove it later, on a ticket of any
/// channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The chat widget.
    Widget {
        /// The id of the browser session that opened the ticket, or that its customer got it back in. It is the bearer secret of an
        /// anonymous customer. A ticket that the team files under this channel has none.
        session: Option<String>,
        /// How the customer used the widget.
        detail: Option<ChannelDetail>,
    },
    /// An e-mail.
    Email,
    /// A Slack message.
    Slack,
    /// The REST API.
    Api,
}

impl Origin {
    /// The origin of a ticket that the team files under a channel: no customer came through it.
    pub const fn filed(channel: Channel) -> Self {
        match channel {
            Channel::Widget => Self::Widget { session: None, detail: None },
            Channel::Email => Self::Email,
            Channel::Slack => Self::Slack,
            Channel::Api => Self::Api,
        }
    }

    /// The origin with these parts; `None` if a part belongs to another channel.
    pub fn of_parts(channel: Channel, session: Option<String>, detail: Option<ChannelDetail>) -> Option<Self> {
        match (channel, &session, &detail) {
            (Channel::Widget, ..) => Some(Self::Widget { session, detail }),
            (_, None, None) => Some(Self::filed(channel)),
            (_, Some(_), _) | (_, _, Some(_)) => None,
        }
    }

    /// The channel alone, as lists filter by it.
    pub const fn channel(&self) -> Channel {
        match self {
            Self::Widget { .. } => Channel::Widget,
            Self::Email => Channel::Email,
            Self::Slack => Channel::Slack,
            Self::Api => Channel::Api,
        }
    }

    /// How the customer used the channel, if it has several ways.
    pub const fn detail(&self) -> Option<ChannelDetail> {
        match self {
            Self::Widget { detail, .. } => *detail,
            Self::Email | Self::Slack | Self::Api => None,
        }
    }

    /// Makes another browser session the one that holds the ticket; false if it is so already, or a browser never held it.
    pub(crate) fn move_to(&mut self, to: String) -> bool {
        match self {
            Self::Widget { session: Some(session), .. } if *session != to => {
                *session = to;
                true
            }
            Self::Widget { .. } | Self::Email | Self::Slack | Self::Api => false,
        }
    }

    /// The browser session that opened the ticket, or that has it now.
    pub fn session(&self) -> Option<&str> {
        match self {
            Self::Widget { session, .. } => session.as_deref(),
            Self::Email | Self::Slack | Self::Api => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_its_parts() {
        for channel in Channel::ALL.iter().copied() {
            assert_eq!(Origin::filed(channel).channel(), channel);
            for session in [None, Some("s".to_owned())] {
                for detail in [None, Some(ChannelDetail::WidgetApi)] {
                    let origin = Origin::of_parts(channel, session.clone(), detail);
                    let fits = channel == Channel::Widget || (session.is_none() && detail.is_none());
                    assert_eq!(origin.is_some(), fits, "{channel:?} {session:?} {detail:?}");
                    if let Some(origin) = origin {
                        assert_eq!((origin.channel(), origin.session(), origin.detail()), (channel, session.as_deref(), detail));
                    }
                }
            }
        }
    }

    #[test]
    fn a_ticket_moves_from_one_browser_to_another() {
        let mut origin = Origin::of_parts(Channel::Widget, Some("a".to_owned()), Some(ChannelDetail::WidgetApi)).unwrap();
        assert!(origin.move_to("b".to_owned()) && !origin.move_to("b".to_owned()));
        assert_eq!((origin.session(), origin.detail()), (Some("b"), Some(ChannelDetail::WidgetApi)));
    }

    #[test]
    fn a_ticket_that_no_browser_held_moves_to_none() {
        for channel in Channel::ALL.iter().copied() {
            let mut origin = Origin::filed(channel);
            assert!(!origin.move_to("b".to_owned()), "{channel:?}");
            assert_eq!(origin, Origin::filed(channel));
        }
    }
}
