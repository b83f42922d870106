//! Faults of a configuration file: each is told with its line.

use super::*;

fn faults(text: &str) -> Vec<String> {
    let faults = Config::parse(text).unwrap_err();
    faults.iter().map(|fault| format!("{}: {}", fault.line, fault.text)).collect()
}

#[test]
fn an_empty_file_is_the_default() {
    assert_eq!(Config::parse("").unwrap(), Config::default());
}

#[test]
fn every_key_is_read() {
    let config = Config::parse(
        "state = '/s'\nrun = '/r'\nuser = 'tandem'\n[database]\nurl = 'postgresql://u:secret@h/d'\n\
         [log]\nlevel = 'debug'\nformat = 'json'\n",
    )
    .unwrap();
    assert_eq!((config.state.to_str(), config.run.to_str()), (Some("/s"), Some("/r")));
    assert_eq!(config.user, "tandem");
    assert_eq!(config.log, Log { level: tracing::Level::DEBUG, format: LogFormat::Json });
    assert!(matches!(config.database, Choice::External(_)));
    assert!(!format!("{config:?}").contains("secret"));
}

#[test]
fn all_faults_are_listed_by_line() {
    let text = "state = 'relative'\nsate = '/s'\nuser = 7\nrun = \n[database]\nurl = 'host=x sslmode=require'\n\
                [log]\nlevel = 'loud'\ncolour = 'red'\n";
    assert_eq!(
        faults(text),
        [
            "1: `state` is `relative`; begin it with `/`",
            "2: there is no key `sate`; there are state, run, user, database and log",
            "3: `user` is no text; write it in quotes",
            "4: this is no TOML: string values must be quoted, expected literal string",
            "6: `database.url` asks for TLS, which is not spoken to PostgreSQL; use a unix socket or a network of your own, with `sslmode=disable`",
            "8: `log.level` is `loud`; choose error, warn, info, debug, trace",
            "9: there is no key `log.colour`; there are level and format",
        ]
    );
    assert_eq!(
        faults("[database]\nurl = 'postgresql://u:secret@h:notaport/'"),
        [
            "2: `database.url` is no address of PostgreSQL; write it as `postgresql://user@host:5432/name` or leave it out"
        ]
    );
}
