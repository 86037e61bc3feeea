//! Variables in a prepared reply, such as `{{customer.name|there}}`: what they stand for on a ticket, and which of them stand for
//! nothing. A reply whose variables are not all filled in must not leave.

use serde_json::Value;

use crate::ticket::Ticket;

/// What variables stand for.
#[derive(Debug, Clone, Copy)]
pub struct Variables<'a> {
    /// The ticket that is answered.
    pub ticket: &'a Ticket,
    /// The name of the agent who answers.
    pub agent: &'a str,
}

/// A text whose variables are filled in, as far as they stand for something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filled {
    /// The text. A variable that stands for nothing stays as it is written.
    pub text: String,
    /// The names of the variables that stand for nothing, in their order, each once.
    pub unset: Vec<String>,
    /// How many variables the text has.
    pub variables: usize,
}

impl Variables<'_> {
    /// The value of a variable; `None` if it has none, or if there is no such variable.
    fn value(&self, name: &str) -> Option<String> {
        let value = match name.replace('_', ".").as_str() {
            "customer.name" => self.ticket.customer_name().map(str::to_owned),
            "customer.email" => self.ticket.customer_email().map(str::to_owned),
            "agent.name" => Some(self.agent.to_owned()),
            "ticket.number" => Some(self.ticket.number.to_string()),
            _ => None,
        };
        value.filter(|value| !value.trim().is_empty())
    }

    /// Fills in a text. A value is inserted as it is: braces in what a customer is called stay braces.
    pub fn fill(&self, text: &str) -> Filled {
        let mut filled = Filled::default();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            filled.text.push_str(before);
            let Some((inner, behind)) = after.split_once("}}") else {
                filled.text.push_str("{{");
                rest = after;
                continue;
            };
            filled.variables += 1;
            let (name, fallback) = inner.split_once('|').map_or((inner, None), |(name, fallback)| (name, Some(fallback)));
            let fallback = fallback.map(|fallback| fallback.trim().to_owned()).filter(|fallback| !fallback.is_empty());
            if let Some(value) = self.value(name.trim()).or(fallback) {
                filled.text.push_str(&value);
            } else {
                filled.text.extend(["{{", inner, "}}"]);
                let name = name.trim().to_owned();
                if !filled.unset.contains(&name) {
                    filled.unset.push(name);
                }
            }
            rest = behind;
        }
        filled.text.push_str(rest);
        filled
    }

    /// Fills in the texts of a `TipTap` document; how many variables they have.
    pub fn fill_rich(&self, document: &mut Value) -> usize {
        match document {
            Value::Object(node) => node
                .iter_mut()
                .map(|(key, value)| match value {
                    Value::String(text) if key == "text" => {
                        let filled = self.fill(text);
                        *text = filled.text;
                        filled.variables
                    }
                    value => self.fill_rich(value),
                })
                .sum(),
            Value::Array(nodes) => nodes.iter_mut().map(|node| self.fill_rich(node)).sum(),
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{draft, draft_of, opened};

    #[test]
    fn variables_stand_for_what_the_ticket_says() {
        let ticket = opened(draft_of("Ada {{agent.name}}", "ada@example.com")).0;
        let variables = Variables { ticket: &ticket, agent: "Ben" };
        let filled = variables.fill("Hi {{ customer.name }}, #{{ticket_number}} {{customer_email|you}} {x} {{ {{agent.name}}");
        assert_eq!(
            filled.text,
            format!("Hi Ada {{{{agent.name}}}}, #{} ada@example.com {{x}} {{{{ {{{{agent.name}}}}", ticket.number)
        );
        assert_eq!(filled.unset, ["{{agent.name"], "a brace that is not closed is part of the next name");
    }

    #[test]
    fn what_stands_for_nothing_is_named_unless_it_has_a_fallback() {
        let ticket = opened(draft()).0;
        let variables = Variables { ticket: &ticket, agent: " " };
        let filled = variables.fill("Hi {{customer.name|there}}, {{agent.name}} {{agent.name| }} {{order.id}} {{");
        assert_eq!(filled.text, "Hi there, {{agent.name}} {{agent.name| }} {{order.id}} {{");
        assert_eq!((filled.unset, filled.variables), (vec!["agent.name".to_owned(), "order.id".to_owned()], 4));
    }

    #[test]
    fn documents_are_filled_in_their_texts_only() {
        let ticket = opened(draft_of("Ada", "ada@example.com")).0;
        let mut document = json!({"type": "{{agent.name}}", "content": [{"text": "Hi {{customer.name}}"}, {"text": "{{x}}"}, 7]});
        assert_eq!(Variables { ticket: &ticket, agent: "Ben" }.fill_rich(&mut document), 2);
        assert_eq!(document, json!({"type": "{{agent.name}}", "content": [{"text": "Hi Ada"}, {"text": "{{x}}"}, 7]}));
    }

    #[test]
    fn the_agents_name_stands_for_who_answers() {
        let ticket = opened(draft()).0;
        let filled = Variables { ticket: &ticket, agent: "Ben" }.fill("{{ agent.name }}, {{agent_name}}");
        assert_eq!((filled.text.as_str(), filled.unset, filled.variables), ("Ben, Ben", vec![], 2));
    }
}
