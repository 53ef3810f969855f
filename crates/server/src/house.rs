//! What every command needs: the data folder, the master key, the open database.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use actions::{Actions, Actor};
use anyhow::{Context as _, Result, anyhow, bail};
use model::access::Role;
use model::audit::{By, Origin};
use model::environment::Environment;
use model::workspace::Workspace;
use outbound::Outbound;
use store::{Db, MASTER_KEY_BYTES, Settings};

use crate::config::Config;
use crate::environment;

/// The variable that holds the master key where no file is to hold it, in hex.
const MASTER_KEY_VARIABLE: &str = "PORTICO_MASTER_KEY";

/// The open parts that commands work with.
pub(crate) struct House {
    pub(crate) db: Db,
    pub(crate) actions: Actions,
    pub(crate) environment: Environment,
    pub(crate) outbound: Outbound,
}

impl House {
    /// Opens the database, its schema brought up to this version, with a workspace in it.
    pub(crate) async fn open(config: &Config) -> Result<Self> {
        let house = Self::open_as_it_is(config).await?;
        house.db.migrate().await?;
        house.actions.default_workspace().await?;
        Ok(house)
    }

    /// Opens the database without touching its schema.
    pub(crate) async fn open_as_it_is(config: &Config) -> Result<Self> {
        make_data_dir(&config.data_dir)?;
        let environment = environment::system();
        let db = Db::open(Settings {
            location: config.location()?,
            master_key: master_key(&config.data_dir, &environment)?,
            environment: environment.clone(),
            connections: config.database.connections.max(2),
        })
        .await
        .with_context(|| format!("{} cannot be used", database_name(config)))?;
        let outbound = Outbound::new(config.outbound.allow.clone());
        let actions = Actions::new(db.clone(), environment.clone())
            .with_outbound(outbound.clone(), config.documents.remote_references)
            .with_identity_rules(config.identity_rules());
        Ok(Self { db, actions, environment, outbound })
    }

    /// Whoever has a shell on this machine, acting in this workspace.
    pub(crate) async fn operator(&self, workspace: &str, command: &str) -> Result<Actor> {
        let workspace: Workspace = store::workspaces::by_handle(&self.db, workspace)
            .await?
            .ok_or_else(|| anyhow!("there is no workspace `{workspace}`"))?;
        let origin =
            Origin { by: By::CommandLine, name: command.to_owned(), address: None, user_agent: None };
        Ok(Actor { workspace, role: Role::Admin, restricted: None, origin, expected: None, pending: None })
    }
}

fn database_name(config: &Config) -> String {
    config.location().map_or_else(|_| "the database".to_owned(), |location| location.to_string())
}

fn make_data_dir(data_dir: &Path) -> Result<()> {
    // Only its owner may look inside: the folder holds the master key and everyone's data.
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data_dir)
        .with_context(|| format!("the data folder {} cannot be made", data_dir.display()))
}

/// Where the master key is kept.
pub(crate) fn master_key_file(data_dir: &Path) -> PathBuf {
    data_dir.join("master.key")
}

/// The master key: from its variable, else from its file, which is made at the first start.
fn master_key(data_dir: &Path, environment: &Environment) -> Result<[u8; MASTER_KEY_BYTES]> {
    if let Ok(hex) = std::env::var(MASTER_KEY_VARIABLE) {
        return read_key(&hex).with_context(|| format!("the variable {MASTER_KEY_VARIABLE} is wrong"));
    }
    let file = master_key_file(data_dir);
    match fs::read_to_string(&file) {
        Ok(hex) => {
            let mode = fs::metadata(&file).map(|metadata| metadata.permissions().mode()).unwrap_or(0);
            if mode & 0o077 != 0 {
                bail!(
                    "the master key {} can be read by others; run `chmod 600 {}`",
                    file.display(),
                    file.display()
                );
            }
            read_key(&hex).with_context(|| format!("the master key {} is wrong", file.display()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => make_key(&file, environment),
        Err(error) => Err(error).with_context(|| format!("the master key {} cannot be read", file.display())),
    }
}

fn read_key(hex: &str) -> Result<[u8; MASTER_KEY_BYTES]> {
    let mut key = [0; MASTER_KEY_BYTES];
    hex::decode_to_slice(hex.trim(), &mut key)
        .map_err(|_| anyhow!("it must be {} hex digits", 2 * MASTER_KEY_BYTES))?;
    Ok(key)
}

/// Makes the key under another name first, so that no half-written key is ever found, and never
/// over one that another process made meanwhile.
fn make_key(file: &Path, environment: &Environment) -> Result<[u8; MASTER_KEY_BYTES]> {
    let key: [u8; MASTER_KEY_BYTES] = environment.bytes();
    let draft = file.with_extension(format!("key.{}", std::process::id()));
    let written = (|| {
        let mut out = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        writeln!(out, "{}", hex::encode(key))?;
        out.sync_all()?;
        fs::hard_link(&draft, file)
    })();
    let _ = fs::remove_file(&draft);
    match written {
        Ok(()) => Ok(key),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            read_key(&fs::read_to_string(file)?).context("the master key that another process made is wrong")
        }
        Err(error) => Err(error).with_context(|| format!("the master key {} cannot be made", file.display())),
    }
}
