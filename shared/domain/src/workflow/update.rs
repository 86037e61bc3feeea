//! The `update_ticket` action: its inputs as written, and their values in a run.

use serde_json::{Value, json};

use super::{
    assignee::AssigneeRef,
    known::Known,
    place::{Invalid, Place},
    property::Property,
    template::Template,
    values::{Fault, is_clear, read_deadline, read_priority, read_status, read_tags, read_ticket_id, read_unit},
};
use crate::{
    assignee::Assignee,
    calendar::{BusinessHours, SlaUnit},
    ids::TicketId,
    patch::Patch,
    sla::Deadline,
    tags::{MOST, Tags, TagsMode},
    text::sentence,
    traits::Object,
};

/// The inputs of `update_ticket`. An input that is `None` was not given; its field of the ticket stays as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UpdateTicket {
    /// Which ticket; the event's if `None`.
    pub ticket_id: Option<Template>,
    /// The new status: a word, or a placeholder that yields one.
    pub status: Option<Template>,
    /// The new priority: a word, or a placeholder that yields one.
    pub priority: Option<Template>,
    /// A number of units from now, or `clear`.
    pub sla_amount: Option<Template>,
    /// `minute`, `hour` (the default) or `day`; ignored without an amount.
    pub sla_unit: Option<Template>,
    /// The business hours within which the deadline's time counts. `None`: time always counts.
    pub sla_business_hours: Option<BusinessHours>,
    /// The new assignee; `Some(None)` for nobody.
    pub assignee: Option<Option<AssigneeRef>>,
    /// Tags to set, add or remove.
    pub tags: Option<Vec<Template>>,
    /// Whether the tags replace the present ones (the default), are added, or are removed.
    pub tags_mode: Option<TagsMode>,
}

impl UpdateTicket {
    const INPUTS: [&str; 9] =
        ["ticket_id", "status", "priority", "sla_amount", "sla_unit", "sla_business_hours", "assignee", "tags", "tags_mode"];

    /// Reads the inputs. An input without placeholders is checked as the run would check it.
    pub(super) fn read(value: &Value, place: &Place) -> Result<Self, Invalid> {
        let inputs = place.object(value, &Self::INPUTS)?;
        let sla_business_hours = read_business_hours(inputs, place)?;
        let sla_unit = read_input(inputs, "sla_unit", place, read_unit)?;
        let assignee = inputs.get("assignee").map(|value| AssigneeRef::read(value, &place.key("assignee"))).transpose()?;
        let tags = inputs.get("tags").map(|value| read_tag_inputs(value, &place.key("tags"))).transpose()?;
        Ok(Self {
            ticket_id: read_ticket_input(inputs, place)?,
            status: read_input(inputs, "status", place, read_status)?,
            priority: read_input(inputs, "priority", place, read_priority)?,
            sla_amount: read_amount_input(inputs, place, sla_unit.as_ref(), sla_business_hours.as_ref())?,
            sla_unit,
            sla_business_hours,
            assignee,
            tags,
            tags_mode: inputs.get("tags_mode").map(|value| read_mode(value, &place.key("tags_mode"))).transpose()?,
        })
    }

    /// The inputs as written.
    pub fn to_json(&self) -> Object {
        let Self { ticket_id, status, priority, sla_amount, sla_unit, sla_business_hours, assignee, tags, tags_mode } = self;
        let text = |template: &Option<Template>| template.as_ref().map(|template| json!(template.source()));
        let tags = tags.as_ref().map(|tags| tags.iter().map(Template::source).collect::<Vec<_>>());
        let inputs = [
            ("ticket_id", text(ticket_id)),
            ("status", text(status)),
            ("priority", text(priority)),
            ("sla_amount", text(sla_amount)),
            ("sla_unit", text(sla_unit)),
            ("sla_business_hours", sla_business_hours.as_ref().map(|hours| hours.given().clone())),
            ("assignee", assignee.as_ref().map(|assignee| assignee.as_ref().map_or(Value::Null, AssigneeRef::to_json))),
            ("tags", tags.map(|tags| json!(tags))),
            ("tags_mode", tags_mode.map(|mode| json!(mode.name()))),
        ];
        inputs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }

    /// The ticket and its change in this run. Fails at the first input whose filled-in value is not usable. A workflow can't
    /// clear a priority.
    pub(super) fn render(&self, known: &Known<'_>) -> Result<(TicketId, Patch), Fault> {
        let ticket = render_ticket_id(self.ticket_id.as_ref(), known)?;
        let patch = Patch {
            status: render("status", self.status.as_ref(), known, read_status)?,
            priority: render("priority", self.priority.as_ref(), known, read_priority)?.map(Some),
            deadline: self.render_deadline(known)?,
            assignee: self.render_assignee()?,
            tags: self.render_tags(known)?,
            ..Patch::default()
        };
        Ok((ticket, patch))
    }

    /// The deadline in this run. `clear` ignores the unit, as PostHog's documentation says.
    fn render_deadline(&self, known: &Known<'_>) -> Result<Option<Deadline>, Fault> {
        let Some(amount) = self.sla_amount.as_ref().map(|amount| amount.render(known)) else { return Ok(None) };
        let unit = match render("sla_unit", self.sla_unit.as_ref(), known, read_unit) {
            Err(fault) if !is_clear(&amount) => return Err(fault),
            unit => unit.ok().flatten().unwrap_or_default(),
        };
        read_deadline(&amount, unit, self.sla_business_hours.as_ref())
            .map(Some)
            .map_err(|reason| Fault { field: "sla_amount", reason })
    }

    fn render_assignee(&self) -> Result<Option<Option<Assignee>>, Fault> {
        let Some(Some(assignee)) = &self.assignee else { return Ok(self.assignee.as_ref().map(|_| None)) };
        let unknown = || Fault { field: "assignee", reason: "The role is not known.".to_owned() };
        assignee.known().map(|assignee| Some(Some(assignee))).ok_or_else(unknown)
    }

    fn render_tags(&self, known: &Known<'_>) -> Result<Option<(Tags, TagsMode)>, Fault> {
        let Some(templates) = &self.tags else { return Ok(None) };
        let mut texts = Vec::new();
        for template in templates {
            template.render_into(known, &mut texts);
        }
        let tags = read_tags(texts).map_err(|reason| Fault { field: "tags", reason })?;
        Ok(Some((tags, self.tags_mode.unwrap_or_default())))
    }
}

/// The ticket that a step is about in this run: the event's, unless the step names one.
pub(super) fn render_ticket_id(template: Option<&Template>, known: &Known<'_>) -> Result<TicketId, Fault> {
    let events = || known.get(&Property::Event("ticket_id".to_owned())).and_then(Value::as_str).unwrap_or_default().to_owned();
    let text = template.map_or_else(events, |template| template.render(known));
    read_ticket_id(&text).map_err(|reason| Fault { field: "ticket_id", reason })
}

/// Reads the input `ticket_id`, which both actions have.
pub(super) fn read_ticket_input(inputs: &Object, place: &Place) -> Result<Option<Template>, Invalid> {
    read_input(inputs, "ticket_id", place, read_ticket_id)
}

/// Reads `sla_business_hours`. Null means calendar time, as in the external ticket API.
fn read_business_hours(inputs: &Object, place: &Place) -> Result<Option<BusinessHours>, Invalid> {
    let given = inputs.get("sla_business_hours").filter(|given| !given.is_null());
    let read =
        |given| BusinessHours::read(given).map_err(|error| place.key("sla_business_hours").refuse(sentence(&error.to_string())));
    given.map(read).transpose()
}

fn read_input<T>(
    inputs: &Object,
    name: &str,
    place: &Place,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<Template>, Invalid> {
    let Some(value) = inputs.get(name) else { return Ok(None) };
    let place = place.key(name);
    let template = Template::read(value, &place)?;
    check(&template, &place, read)?;
    Ok(Some(template))
}

fn check<T>(template: &Template, place: &Place, read: impl Fn(&str) -> Result<T, String>) -> Result<(), Invalid> {
    match template.constant().map(read) {
        Some(Err(reason)) => Err(place.refuse(reason)),
        Some(Ok(_)) | None => Ok(()),
    }
}

/// Reads `sla_amount`. PostHog's documentation has it as text; a number is accepted as well.
fn read_amount_input(
    inputs: &Object,
    place: &Place,
    unit: Option<&Template>,
    hours: Option<&BusinessHours>,
) -> Result<Option<Template>, Invalid> {
    let Some(value) = inputs.get("sla_amount") else { return Ok(None) };
    let place = place.key("sla_amount");
    let text = match value {
        Value::Number(number) => Value::String(number.to_string()),
        other => other.clone(),
    };
    let template = Template::read(&text, &place)?;
    // A unit with a placeholder may turn out to be the smallest one, so the amount is checked as minutes.
    let unit = unit.map_or(Some(SlaUnit::default()), |unit| unit.constant().and_then(SlaUnit::parse)).unwrap_or(SlaUnit::Minute);
    check(&template, &place, |amount| read_deadline(amount, unit, hours))?;
    Ok(Some(template))
}

fn read_tag_inputs(value: &Value, place: &Place) -> Result<Vec<Template>, Invalid> {
    let read = |(index, value): (usize, &Value)| {
        let place = place.at(index);
        let template = Template::read(value, &place)?;
        check(&template, &place, |tag| read_tags([tag]))?;
        Ok(template)
    };
    place.list(value, MOST)?.iter().enumerate().map(read).collect()
}

fn read_mode(value: &Value, place: &Place) -> Result<TagsMode, Invalid> {
    value.as_str().and_then(TagsMode::parse).ok_or_else(|| place.refuse("Must be set, add or remove."))
}

fn render<T>(
    field: &'static str,
    template: Option<&Template>,
    known: &Known<'_>,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<T>, Fault> {
    let value = template.map(|template| read(&template.render(known)));
    value.transpose().map_err(|reason| Fault { field, reason })
}
