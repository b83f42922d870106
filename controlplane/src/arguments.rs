//! Owns the command line of the daemon; refuses to act on it.

use std::path::{Path, PathBuf};

use clap::Parser;

use controlplane::config::{Config, ConfigError};

/// Where the configuration is unless told.
const CONFIG: &str = "/etc/tandem/controlplane.toml";

/// The control plane of Tandem: keeps the configuration, publishes plan images and takes call records
#[derive(Debug, Parser)]
#[command(name = "tandem-controlplane", version)]
pub struct Arguments {
    /// Configuration file
    #[arg(long, value_name = "FILE", default_value = CONFIG)]
    pub config: PathBuf,
    /// Check the configuration file and start nothing
    #[arg(long)]
    pub check: bool,
}

impl Arguments {
    /// Those of the process; ends it where they cannot be read.
    pub fn read() -> Self {
        Self::parse()
    }

    /// The configuration that they name. Nobody has to write the file in the default place.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn config(&self) -> Result<Config, ConfigError> {
        if self.config == Path::new(CONFIG) && !self.config.exists() {
            return Ok(Config::default());
        }
        Config::open(&self.config)
    }
}
