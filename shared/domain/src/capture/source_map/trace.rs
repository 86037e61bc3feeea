//! Which frames are resolved, by which maps, and what comes out: at most [`walls::TRACED_FRAMES`] frames by
//! [`walls::TRACED_MAPS`] maps, which are open one after the other.
//!
//! A map does not tell in which function a place lies. It tells the original name of what is written at a place, and whoever
//! calls a function writes its name there. So the name of a frame's function is the name at the place of the frame that called
//! it. That counts only where the frame's own name was shortened: a longer one is the original.

use crate::capture::{
    SeenException,
    exception::Frame,
    source_map::{MapName, Opened, Original},
    walls,
};

/// The most letters of a name that a bundler has shortened.
const SHORT: usize = 3;

/// The frames of an answer that may have an original.
#[derive(Debug, Default)]
pub struct Trace {
    /// The frames, each with the names of its map.
    frames: Vec<Traced>,
    /// How many frames each stack has of them.
    stacks: Vec<usize>,
}

#[derive(Debug)]
struct Traced {
    names: Vec<MapName>,
    line: u32,
    column: u32,
    is_short: bool,
    original: Option<Original>,
    written: Option<String>,
}

impl Trace {
    /// The first frames of these exceptions, in their order.
    pub fn of<'a>(exceptions: impl IntoIterator<Item = &'a SeenException>) -> Self {
        let mut trace = Self::default();
        let mut room = walls::TRACED_FRAMES;
        for cause in exceptions.into_iter().flat_map(|exception| &exception.causes) {
            let before = trace.frames.len();
            for frame in &cause.frames {
                let frame = Traced::of(frame);
                if frame.may_be_resolved() {
                    if room == 0 {
                        break;
                    }
                    room -= 1;
                }
                trace.frames.push(frame);
            }
            trace.stacks.push(trace.frames.len() - before);
        }
        trace
    }

    /// The names of maps that are worth asking for, each once, in the order of the frames.
    pub fn names(&self) -> Vec<MapName> {
        let mut names = Vec::new();
        for name in self.frames.iter().filter(|frame| frame.may_be_resolved()).flat_map(|frame| &frame.names) {
            if names.len() < walls::TRACED_NAMES && !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }

    /// Those of the maps that there are which frames need: the first of them, and of a frame's two only the surer one.
    pub fn wanted(&self, there: &[MapName]) -> Vec<MapName> {
        let mut wanted = Vec::new();
        let known = |name: &&MapName| there.contains(name);
        for name in self.frames.iter().filter_map(|frame| frame.names.iter().find(known)) {
            if wanted.len() < walls::TRACED_MAPS && !wanted.contains(name) {
                wanted.push(name.clone());
            }
        }
        wanted
    }

    /// Resolves the frames of one map, which is the surest of `there` for them.
    pub fn resolve(&mut self, name: &MapName, there: &[MapName], map: &Opened) {
        for frame in &mut self.frames {
            if frame.names.iter().find(|name| there.contains(name)) == Some(name) {
                frame.original = map.at(frame.line, frame.column);
                frame.written = map.name_at(frame.line, frame.column);
            }
        }
    }

    /// The originals, by exception's cause and frame, in the order of [`Trace::of`].
    pub fn originals(self) -> Originals {
        let mut rest = self.frames.into_iter();
        let mut stacks = Vec::with_capacity(self.stacks.len());
        for length in self.stacks {
            let mut frames: Vec<_> = rest.by_ref().take(length).collect();
            for at in 0..frames.len() {
                let called = frames.get(at + 1).and_then(|caller| caller.written.clone());
                let Traced { is_short, original: Some(original), .. } = &mut frames[at] else { continue };
                original.function = called.filter(|_| *is_short);
            }
            stacks.push(frames.into_iter().map(|frame| frame.original).collect());
        }
        Originals { stacks: stacks.into_iter() }
    }
}

impl Traced {
    fn of(frame: &Frame) -> Self {
        let name = frame.function.as_deref().unwrap_or_default();
        let last = name.rsplit(['.', ' ']).next().unwrap_or_default();
        Self {
            names: MapName::of_frame(frame),
            line: frame.line.unwrap_or(0),
            column: frame.column.unwrap_or(0),
            is_short: last.chars().count() <= SHORT,
            original: None,
            written: None,
        }
    }

    fn may_be_resolved(&self) -> bool {
        self.line > 0 && self.column > 0 && !self.names.is_empty()
    }
}

/// The originals of frames, stack by stack.
#[derive(Debug, Default)]
pub struct Originals {
    stacks: std::vec::IntoIter<Vec<Option<Original>>>,
}

impl Originals {
    /// Those of the next stack. Frames behind the last of them have none.
    pub fn next_stack(&mut self) -> impl Iterator<Item = Option<Original>> + use<> {
        self.stacks.next().unwrap_or_default().into_iter().chain(std::iter::repeat(None))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        Timestamp,
        capture::{exception::Cause, source_map::read::read},
    };

    fn frame(file: &str, chunk: Option<&str>, function: &str, column: u32) -> Frame {
        Frame {
            file: Some(file.to_owned()),
            function: Some(function.to_owned()),
            line: Some(1),
            column: Some(column),
            own: true,
            chunk_id: chunk.map(str::to_owned),
        }
    }

    fn thrown(frames: Vec<Frame>) -> SeenException {
        let cause = Cause { kind: "E".into(), message: String::new(), handled: None, frames };
        SeenException { at: Timestamp::EPOCH, url: None, window: None, causes: vec![cause] }
    }

    /// `pay` is written at the first column.
    fn opened() -> Opened {
        let map = json!({"version": 3, "sources": ["pay.js"], "names": ["pay"], "mappings": "AAEAA,EAAI"}).to_string();
        Opened::open(&read(map.as_bytes(), false).unwrap().zipped).unwrap()
    }

    fn url(at: usize) -> String {
        format!("https://shop.example/{at}.js")
    }

    #[test]
    fn a_function_is_called_as_its_caller_writes_it_if_its_own_name_was_shortened() {
        let functions = |own: &str, called_at: u32| {
            let thrown = thrown(vec![frame(&url(1), None, own, 3), frame(&url(1), None, "b", called_at)]);
            let mut trace = Trace::of([&thrown]);
            let there = trace.names();
            trace.resolve(&there[0], &there, &opened());
            let originals: Vec<_> = trace.originals().next_stack().take(3).collect();
            assert_eq!(originals[2], None);
            originals[..2].iter().map(|original| original.clone().unwrap().function).collect::<Vec<_>>()
        };
        assert_eq!(functions("a", 1), [Some("pay".to_owned()), None]);
        assert_eq!(functions("?", 1), [Some("pay".to_owned()), None]);
        assert_eq!(functions("Object.a", 1), [Some("pay".to_owned()), None]);
        assert_eq!(functions("payAll", 1), [None, None], "it was not shortened");
        assert_eq!(functions("a", 2), [None, None], "what is written there is another thing");
    }

    #[test]
    fn the_id_of_a_script_is_surer_than_its_address() {
        let thrown = thrown(vec![frame(&url(1), Some("c1"), "a", 1), frame(&url(2), None, "a", 1)]);
        let trace = Trace::of([&thrown]);
        let chunk = MapName::Chunk("c1".into());
        let [first, second] = [url(1), url(2)].map(|url| MapName::url(&url).unwrap());
        assert_eq!(trace.names(), [chunk.clone(), first.clone(), second.clone()]);
        assert_eq!(trace.wanted(&trace.names()), [chunk.clone(), second.clone()]);
        assert_eq!(trace.wanted(std::slice::from_ref(&first)), [first]);
        assert!(trace.wanted(&[]).is_empty());
    }

    #[test]
    fn each_stack_has_its_own_frames() {
        let one = thrown(vec![frame(&url(1), None, "a", 1)]);
        let mut trace = Trace::of([&one, &one, &one]);
        let there = trace.names();
        trace.resolve(&there[0], &there, &opened());
        let mut originals = trace.originals();
        assert_eq!([(); 3].map(|()| originals.next_stack().take(2).flatten().count()), [1, 1, 1]);
        let nowhere = [frame(&url(1), None, "a", 0), Frame { line: Some(0), ..frame(&url(1), None, "a", 1) }];
        assert!(Trace::of([&thrown(nowhere.into())]).names().is_empty(), "lines and columns begin at 1");
    }

    #[test]
    fn an_answer_has_bounds() {
        let deep = thrown((0..60).map(|at| frame(&url(at), None, "a", 1)).collect());
        let mut trace = Trace::of([&deep, &deep]);
        assert_eq!(trace.names().len(), walls::TRACED_NAMES);
        let there = trace.names();
        let wanted = trace.wanted(&there);
        assert_eq!(wanted.len(), walls::TRACED_MAPS);
        let same = thrown((0..60).map(|_| frame(&url(1), None, "a", 1)).collect());
        let native = Frame { file: Some("<anonymous>".into()), line: None, column: None, ..frame("", None, "map", 1) };
        trace = Trace::of([&thrown(vec![native]), &same, &same]);
        let there = trace.names();
        trace.resolve(&there[0], &there, &opened());
        let mut originals = trace.originals();
        let mut resolved = || originals.next_stack().take(100).flatten().count();
        assert_eq!([resolved(), resolved(), resolved(), resolved()], [0, walls::TRACED_FRAMES, 0, 0]);
    }
}
