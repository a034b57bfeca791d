//! `config`: a configuration file → if it is valid, the printed configuration is valid and prints the same.

use metricshot::config::{ConfigInputs, load};
use std::cell::LazyCell;
use std::path::PathBuf;
use tempfile::TempDir;

thread_local! {
    static FOLDER: LazyCell<TempDir> = LazyCell::new(|| TempDir::new().expect("a folder"));
}

pub fn check(input: &[u8]) {
    // Files that the configuration names are read, so it must not name devices.
    if input.windows(4).any(|word| word == b"/dev" || word == b"proc") {
        return;
    }
    let Some(printed) = printed(input) else { return };
    let again = self::printed(printed.as_bytes()).unwrap_or_else(|| panic!("what was printed is refused:\n{printed}"));
    assert_eq!(again, printed);
}

/// Returns the printed configuration of a file, if it is valid.
fn printed(text: &[u8]) -> Option<String> {
    let file: PathBuf = FOLDER.with(|folder| folder.path().join("metricshot.toml"));
    std::fs::write(&file, text).expect("the folder can be written");
    match load(&ConfigInputs { file: Some(file), ..ConfigInputs::default() }) {
        Ok(loaded) => Some(loaded.config.print().expect("it can be printed")),
        Err(faults) => {
            assert!(!faults.is_empty(), "refused without a reason");
            None
        }
    }
}
