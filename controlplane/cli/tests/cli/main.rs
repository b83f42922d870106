//! Runs `tandem` against a control plane that lives in memory, and looks at what people and programs see.
#![forbid(unsafe_code)]

mod fake;
mod reads;
mod refusals;
mod samples;
mod writes;

use std::path::PathBuf;
use std::process::Output;

use assert_cmd::Command;

use fake::Fake;

/// A control plane with the sample configuration, and a way to ask it.
struct Bench {
    fake: Fake,
}

impl Bench {
    fn new() -> Self {
        Self { fake: Fake::start() }
    }

    fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tandem"));
        command.env_clear().arg("--socket").arg(self.fake.socket());
        command.args(split(words));
        command
    }

    /// Standard output of a command that does what it is asked.
    fn stdout(&self, words: &str) -> String {
        let output = self.command(words).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words}: {said}");
        assert_eq!(said, "", "{words}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Exit code and standard error of a command that does not.
    fn stderr(&self, words: &str) -> (i32, String) {
        told(&self.command(words).output().unwrap())
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.fake.dir().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

fn told(output: &Output) -> (i32, String) {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    (output.status.code().unwrap(), said)
}

/// Words between spaces; what stands between apostrophes is one.
fn split(words: &str) -> Vec<String> {
    let mut split = Vec::new();
    for (index, part) in words.split('\'').enumerate() {
        match index % 2 {
            0 => split.extend(part.split_whitespace().map(str::to_owned)),
            _ => split.push(part.to_owned()),
        }
    }
    split
}
