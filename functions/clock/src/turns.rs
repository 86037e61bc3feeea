//! The order in which due timers are rung.

use std::collections::{HashMap, VecDeque};

use lambdesk_domain::ProjectId;
use lambdesk_store::Timer;

/// Due timers that wait for their turn: one of each project at a time, each project's earliest first. So every project gets as
/// much of a tick as any other, however many timers it has and however much earlier they were due.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    projects: VecDeque<VecDeque<Timer>>,
    waiting: usize,
}

impl Turns {
    /// Takes timers in the order in which they are due.
    pub(crate) fn new(timers: Vec<Timer>) -> Self {
        let waiting = timers.len();
        let (mut projects, mut places) = (VecDeque::<VecDeque<Timer>>::new(), HashMap::<ProjectId, usize>::new());
        for timer in timers {
            let place = *places.entry(timer.project).or_insert(projects.len());
            if place == projects.len() {
                projects.push_back(VecDeque::new());
            }
            projects[place].push_back(timer);
        }
        Self { projects, waiting }
    }

    /// How many timers wait.
    pub(crate) const fn len(&self) -> usize {
        self.waiting
    }

    /// The next timers, at most `most`.
    pub(crate) fn next(&mut self, most: usize) -> Vec<Timer> {
        let mut next = Vec::with_capacity(most.min(self.waiting));
        while next.len() < most
            && let Some(mut project) = self.projects.pop_front()
        {
            next.extend(project.pop_front());
            if !project.is_empty() {
                self.projects.push_back(project);
            }
        }
        self.waiting -= next.len();
        next
    }
}
