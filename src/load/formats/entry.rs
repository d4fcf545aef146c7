//! What a format of datasets is: its name, its endings and its reader.

use std::fs::File;
use std::io;
use std::sync::Arc;

use crate::load::builder::{Builder, Hashed};
use crate::model::dataset::Rows;

/// A format of datasets.
#[derive(Debug)]
pub struct FormatEntry {
    /// Its name.
    pub name: &'static str,
    /// File name endings, without the dot.
    pub extensions: &'static [&'static str],
    /// What it is, in a line.
    pub summary: &'static str,
    /// A small valid file.
    pub example: &'static str,
    /// Reads a file row by row, and says where rows are read from later: the same file, open a second time.
    pub read: fn(&mut Hashed, File, &mut Builder) -> io::Result<Arc<dyn Rows>>,
}
