//! The build script, run by itself on a small page, on machines with npm, without it, without a network, with an old Node.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{LazyLock, Mutex},
};

use tempfile::TempDir;

/// The script, compiled as cargo does. It uses nothing but the standard library.
static SCRIPT: LazyLock<PathBuf> = LazyLock::new(|| {
    let compiled = Path::new(env!("CARGO_TARGET_TMPDIR")).join("inbox-build-script");
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("build/main.rs");
    let mut command = Command::new(rustc);
    command.args(["--edition", "2024", "--crate-name", "build_script", "-o"]).arg(&compiled).arg(source);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    compiled
});

/// Programs are written and run in turns. A process that is just being started still holds every file open that this one was
/// writing, and a program that is open for writing can't be run.
static TURN: Mutex<()> = Mutex::new(());

/// `npm ci` works, and `npm run build` makes a page of what the sources' `index.html` says.
const NPM: &str = r#"#!/bin/sh
echo "$*" >> "$NPM_LOG"
[ "$1" = run ] || exit 0
read -r line < index.html
echo "built from $line" > "$LAMBDESK_PAGE_OUT/index.html"
"#;
const NPM_WITHOUT_NETWORK: &str = "#!/bin/sh\necho 'npm error network request to the registry failed' >&2\nexit 1\n";
const NODE: &str = "#!/bin/sh\necho v22.20.0\n";
const OLD_NODE: &str = "#!/bin/sh\necho v18.19.0\n";

/// A checkout with a page, and a machine that builds it. It lies outside of this build's target directory, where the script
/// would find the pages that were built for this checkout.
struct Machine {
    place: TempDir,
}

/// What the script did.
struct Built {
    succeeds: bool,
    /// What it says to cargo.
    told: String,
    error: String,
    /// The list of files that the crate includes.
    files: String,
}

impl Machine {
    fn new(programs: &[(&str, &str)]) -> Self {
        let machine = Self { place: tempfile::tempdir().unwrap() };
        for directory in ["functions/inbox/page", "target/debug/build/inbox/out", "bin"] {
            fs::create_dir_all(machine.at(directory)).unwrap();
        }
        for (file, content) in [
            ("functions/inbox/page/index.html", "one\n"),
            ("functions/inbox/page/package.json", "{}"),
            ("functions/inbox/page/package-lock.json", "{}"),
            ("openapi.json", "{}"),
            ("target/CACHEDIR.TAG", ""),
        ] {
            fs::write(machine.at(file), content).unwrap();
        }
        machine.has(programs);
        machine
    }

    fn at(&self, path: &str) -> PathBuf {
        self.place.path().join(path)
    }

    /// From now on the machine has these programs and no others.
    fn has(&self, programs: &[(&str, &str)]) {
        let _turn = TURN.lock().unwrap();
        let bin = self.at("bin");
        fs::remove_dir_all(&bin).unwrap();
        fs::create_dir(&bin).unwrap();
        for (name, script) in programs {
            fs::write(bin.join(name), script).unwrap();
            fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
    }

    fn writes(&self, content: &str) {
        fs::write(self.at("functions/inbox/page/index.html"), content).unwrap();
    }

    fn builds(&self, more: &[(&str, &str)]) -> Built {
        let _turn = TURN.lock().unwrap();
        let out = self.at("target/debug/build/inbox/out");
        let _ = fs::remove_file(out.join("files.rs"));
        let mut command = Command::new(&*SCRIPT);
        command.env_clear().env("PATH", self.at("bin")).env("NPM_LOG", self.at("npm.log")).env("PROFILE", "debug");
        command.env("CARGO_MANIFEST_DIR", self.at("functions/inbox")).env("OUT_DIR", &out);
        let Output { status, stdout, stderr } = command.envs(more.iter().copied()).output().unwrap();
        let files = fs::read_to_string(out.join("files.rs")).unwrap_or_default();
        Built { succeeds: status.success(), told: text(&stdout), error: text(&stderr), files }
    }

    /// What npm was run with so far.
    fn npm(&self) -> Vec<String> {
        fs::read_to_string(self.at("npm.log")).unwrap_or_default().lines().map(str::to_owned).collect()
    }
}

impl Built {
    /// The page is embedded, and is this one.
    fn has_page(&self, content: &str) {
        assert!(self.succeeds, "{}", self.error);
        assert!(!self.told.contains("cargo::warning"), "{}", self.told);
        assert!(self.files.contains("LEFT_OUT: Option<&str> = None;"), "{}", self.files);
        let path = self.files.split("include_bytes!(\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        assert_eq!(fs::read_to_string(path).unwrap(), content);
    }

    /// The build goes on without a page: cargo warns, and the desk will say why there is none.
    fn is_left_out(&self, why: &str) {
        assert!(self.succeeds, "{}", self.error);
        assert!(self.told.contains("cargo::warning=The inbox page is left out"), "{}", self.told);
        assert!(self.told.contains(why), "{}", self.told);
        assert!(
            self.files.contains("LEFT_OUT: Option<&str> = Some(\"The inbox page was left out of this build."),
            "{}",
            self.files
        );
        assert!(self.files.contains(why) && self.files.contains("FILES: &[File] = &[];"), "{}", self.files);
    }

    /// The build fails, and says why.
    fn fails(&self, why: &str) {
        assert!(!self.succeeds);
        assert!(self.error.contains("The inbox page could not be built.") && self.error.contains(why), "{}", self.error);
        assert_eq!(self.files, "", "nothing is written that a later build could take");
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_page_is_built_once_for_each_state_of_its_sources() {
    let machine = Machine::new(&[("node", NODE), ("npm", NPM)]);
    machine.builds(&[]).has_page("built from one\n");
    assert_eq!(machine.npm().len(), 2, "{:?}", machine.npm());
    assert!(machine.npm()[0].starts_with("ci --ignore-scripts ") && machine.npm()[1] == "run build", "{:?}", machine.npm());
    machine.builds(&[("PROFILE", "release")]).has_page("built from one\n");
    assert_eq!(machine.npm().len(), 2, "nothing has changed");
    machine.writes("two\n");
    machine.builds(&[]).has_page("built from two\n");
    assert_eq!(machine.npm()[2..], ["run build"], "the packages are there");
}

#[test]
fn without_a_network_a_page_that_was_built_before_is_taken() {
    let machine = Machine::new(&[("node", NODE), ("npm", NPM)]);
    machine.builds(&[]).has_page("built from one\n");
    machine.has(&[]);
    machine.builds(&[("LAMBDESK_PAGE", "required")]).has_page("built from one\n");

    // Another page would need npm, and npm the network.
    machine.writes("two\n");
    machine.has(&[("node", NODE), ("npm", NPM_WITHOUT_NETWORK)]);
    machine.builds(&[]).is_left_out("`npm run build` failed: npm error network request to the registry failed");
    machine.builds(&[("PROFILE", "release")]).fails("npm error network request to the registry failed");
    machine.writes("one\n");
    machine.builds(&[]).has_page("built from one\n");
}

#[test]
fn without_npm_a_debug_build_has_a_message_in_place_of_the_page() {
    let machine = Machine::new(&[]);
    machine.builds(&[]).is_left_out("It needs Node 20.19 or newer (22.12 or newer of 22) with npm: there is none.");
    machine.has(&[("node", OLD_NODE), ("npm", NPM)]);
    machine.builds(&[]).is_left_out("found 18.19.0.");
    machine.has(&[("node", NODE)]);
    machine.builds(&[]).is_left_out("npm could not be run");
    assert_eq!(machine.npm(), [""; 0]);
}

#[test]
fn without_npm_a_build_that_requires_the_page_fails() {
    let machine = Machine::new(&[]);
    for required in [("LAMBDESK_PAGE", "required"), ("PROFILE", "release")] {
        machine.builds(&[required]).fails("It needs Node 20.19 or newer (22.12 or newer of 22) with npm: there is none.");
    }
}

#[test]
fn a_given_page_is_taken_as_it_is() {
    let machine = Machine::new(&[]);
    let given = machine.at("elsewhere");
    fs::create_dir(&given).unwrap();
    let given = ("LAMBDESK_PAGE_DIR", given.to_str().unwrap());
    machine.builds(&[given]).is_left_out("holds no index.html.");
    machine.builds(&[given, ("LAMBDESK_PAGE", "required")]).fails("holds no index.html.");
    fs::write(Path::new(given.1).join("index.html"), "given\n").unwrap();
    for more in [("LAMBDESK_PAGE", "required"), ("PROFILE", "release")] {
        let built = machine.builds(&[given, more]);
        built.has_page("given\n");
        assert!(built.told.contains(&format!("cargo::rerun-if-changed={}", given.1)), "{}", built.told);
    }
    // An empty one is none.
    machine.builds(&[("LAMBDESK_PAGE_DIR", "")]).is_left_out("there is none.");
}

#[test]
fn an_editor_may_leave_the_page_out() {
    let machine = Machine::new(&[("node", NODE), ("npm", NPM)]);
    let built = machine.builds(&[("LAMBDESK_PAGE", "skip")]);
    assert!(built.succeeds && !built.told.contains("cargo::warning"), "{}", built.told);
    assert!(built.files.contains("LAMBDESK_PAGE=skip") && built.files.contains("FILES: &[File] = &[];"), "{}", built.files);
    assert_eq!(machine.npm(), [""; 0]);
}
