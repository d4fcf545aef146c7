//! Adds to the XML of `junit-report` what it leaves out: totals of the root, `skipped`, properties, times in milliseconds.

use std::io::{self, Write};

use junit_report::{Duration, Report, TestSuite};
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesEnd, BytesStart, Event};
use quick_xml::{Reader, Writer};

use crate::report::visible::xml_attribute;

/// What a testsuite has beside what the crate writes.
#[derive(Clone, Debug)]
pub(super) struct Extras {
    /// How many of its testcases are skipped.
    pub(super) skipped: usize,
    /// Names and values.
    pub(super) properties: Vec<(String, String)>,
}

/// Attributes of a testsuite in the order they are written. `package` is left out: Jenkins would put it before the name.
const SUITE_ATTRIBUTES: [&str; 7] = [
    "id",
    "name",
    "tests",
    "failures",
    "errors",
    "timestamp",
    "hostname",
];

/// Copies `raw`, the XML of `report`, with the additions; `extras` has one element a testsuite.
pub(super) fn finish(
    raw: &[u8],
    report: &Report,
    extras: &[Extras],
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut reader = Reader::from_reader(raw);
    let mut writer = Writer::new_with_indent(&mut *out, b' ', 2);
    let mut suites = report.testsuites().iter().zip(extras);
    loop {
        let event = reader.read_event().map_err(io::Error::other)?;
        let (start, empty) = match event {
            Event::Eof => break,
            Event::Start(start) => (start, false),
            Event::Empty(start) => (start, true),
            other => {
                writer.write_event(other)?;
                continue;
            }
        };
        let (start, properties) = match start.name().as_ref() {
            b"testsuites" => (root(report), None),
            b"testsuite" => {
                let (suite, extra) = suites
                    .next()
                    .ok_or_else(|| io::Error::other("stray suite"))?;
                (testsuite(&start, suite.time(), extra)?, Some(extra))
            }
            b"testcase" => (testcase(&start)?, None),
            _ => (start, None),
        };
        write_start(&mut writer, start, empty, properties)?;
    }
    out.write_all(b"\n")
}

fn write_start<W: Write>(
    writer: &mut Writer<W>,
    start: BytesStart<'_>,
    empty: bool,
    extra: Option<&Extras>,
) -> io::Result<()> {
    let Some(extra) = extra else {
        return writer.write_event(if empty {
            Event::Empty(start)
        } else {
            Event::Start(start)
        });
    };
    let end = start.to_end().into_owned();
    writer.write_event(Event::Start(start))?;
    write_properties(writer, &extra.properties)?;
    if empty {
        writer.write_event(Event::End(end))?;
    }
    Ok(())
}

fn write_properties<W: Write>(
    writer: &mut Writer<W>,
    properties: &[(String, String)],
) -> io::Result<()> {
    writer.write_event(Event::Start(BytesStart::new("properties")))?;
    for (name, value) in properties {
        let mut property = BytesStart::new("property");
        property.push_attribute(("name", xml_attribute(name).as_str()));
        property.push_attribute(("value", xml_attribute(value).as_str()));
        writer.write_event(Event::Empty(property))?;
    }
    writer.write_event(Event::End(BytesEnd::new("properties")))
}

fn root(report: &Report) -> BytesStart<'static> {
    let suites = report.testsuites();
    let total =
        |count: fn(&TestSuite) -> usize| suites.iter().map(count).sum::<usize>().to_string();
    let time = suites.iter().fold(Duration::ZERO, |sum, s| sum + s.time());
    let mut root = BytesStart::new("testsuites");
    root.push_attribute(("name", "prompteval"));
    root.push_attribute(("tests", total(TestSuite::tests).as_str()));
    root.push_attribute(("failures", total(TestSuite::failures).as_str()));
    root.push_attribute(("errors", total(TestSuite::errors).as_str()));
    root.push_attribute(("time", seconds(time).as_str()));
    root
}

fn testsuite(
    start: &BytesStart<'_>,
    time: Duration,
    extra: &Extras,
) -> io::Result<BytesStart<'static>> {
    let mut suite = BytesStart::new("testsuite");
    for name in SUITE_ATTRIBUTES {
        if let Some(attribute) = start.try_get_attribute(name).map_err(io::Error::other)? {
            suite.push_attribute(attribute);
        }
        if name == "errors" {
            suite.push_attribute(("skipped", extra.skipped.to_string().as_str()));
            suite.push_attribute(("time", seconds(time).as_str()));
        }
    }
    Ok(suite)
}

/// Between path and line in the one attribute that the crate knows; `finish` makes two of it.
const LINE: char = '\u{e000}';

/// A file and a line of it, for `finish`.
pub(super) fn place(path: &str, line: Option<usize>) -> String {
    let path = xml_attribute(path).replace(LINE, "");
    match line {
        Some(line) => format!("{path}{LINE}{line}"),
        None => path,
    }
}

/// The crate prints as many digits of a time as it has; junit-10.xsd knows three.
fn testcase(start: &BytesStart<'_>) -> io::Result<BytesStart<'static>> {
    let mut testcase = BytesStart::new("testcase");
    for attribute in start.attributes() {
        let attribute: Attribute<'_> = attribute.map_err(io::Error::other)?;
        if attribute.key.as_ref() == b"time" {
            let digits = String::from_utf8_lossy(&attribute.value);
            let time: f64 = digits.parse().unwrap_or_default();
            testcase.push_attribute(("time", format!("{time:.3}").as_str()));
        } else if attribute.key.as_ref() == b"file" {
            let raw = String::from_utf8_lossy(&attribute.value);
            let value = quick_xml::escape::unescape(&raw).map_err(io::Error::other)?;
            let (file, line) = value.split_once(LINE).unwrap_or((&value, ""));
            testcase.push_attribute(("file", file));
            if !line.is_empty() {
                testcase.push_attribute(("line", line));
            }
        } else {
            testcase.push_attribute(attribute);
        }
    }
    Ok(testcase)
}

fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_seconds_f64())
}
