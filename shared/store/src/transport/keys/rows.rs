//! The rows of a ticket's partition, and who reads them.

macro_rules! ticket_rows {
    ($($(#[$doc:meta])* $row:ident = $letter:literal, $readers:ident;)*) => {
        /// The rows of a ticket's partition, by the letter that their sort keys begin with. The ticket itself is [`LAST`](super::LAST), behind
        /// them all.
        ///
        /// Customers' polls read everything from `M#` on, so only rows that a customer may read may lie there. Each row says who
        /// reads it. The program doesn't compile if its letter says otherwise.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum TicketRow {
            $($(#[$doc])* $row,)*
        }

        impl TicketRow {
            /// The first sort key of such rows.
            pub(crate) const fn first(self) -> &'static str {
                match self {
                    $(Self::$row => concat!($letter, "#"),)*
                }
            }

            /// The first sort key behind such rows.
            pub(crate) const fn after(self) -> &'static str {
                match self {
                    $(Self::$row => concat!($letter, "$"),)*
                }
            }
        }

        $(const _: () = assert!(
            matches!(Readers::$readers, Readers::Customers) == ($letter.as_bytes()[0] >= CUSTOMERS_FROM),
            "customers read every row from `M#` on, and no other",
        );)*
    };
}

/// Who may read a row.
enum Readers {
    Team,
    Customers,
}

/// The letter from which on customers read.
const CUSTOMERS_FROM: u8 = b'M';

ticket_rows! {
    /// What changed, and who changed it.
    Activity = "A", Team;
    /// Private notes.
    Note = "B", Team;
    /// Traits and context that are too large for the ticket's own item.
    Profile = "C", Team;
    /// What the ticket keeps of the browser session in which it was opened.
    Context = "D", Team;
    /// What becomes of a message on its way out of the desk.
    Delivery = "E", Team;
    /// Public messages.
    Message = "M", Customers;
}
