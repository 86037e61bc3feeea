//! What everything costs, as whoever runs the desk for a company reads it before deploying: COST.md.

mod amounts;
mod measure;
mod operations;
mod paper;
mod prices;
mod sums;
mod template;

use std::{collections::BTreeMap, fs, path::Path};

use tempfile::TempDir;

use crate::{
    Failure,
    cost::measure::Meter,
    desk::{Binary, Desk},
    front::Connection,
    world::World,
};

/// How far a figure may be from what is measured: both a part of it, and units.
const PART: f64 = 0.1;
const UNITS: f64 = 1.0;

/// Measures, and writes the file; or compares its figures with what is measured.
pub(crate) async fn print(binary: &Binary, file: &Path, checks: bool) -> Result<(), Failure> {
    let data = TempDir::new()?;
    let mut desk = Desk::spawn(binary, data.path())?;
    let world = World::new(&mut desk).await?;
    let connection = Connection::open(world.address).await?;
    let mut meter = Meter { world: &world, connection, all: Vec::new() };
    operations::measure(&mut meter).await?;
    let new = paper::write(&meter.all)?;
    if checks {
        return compare(&fs::read_to_string(file)?, &new);
    }
    fs::write(file, new)?;
    println!("{} operations measured, {} written", meter.all.len(), file.display());
    Ok(())
}

/// Fails if the table of operations has other figures than were measured. Prices are not looked at.
fn compare(old: &str, new: &str) -> Result<(), Failure> {
    let (old, new) = (figures(old), figures(new));
    let names = |of: &BTreeMap<String, Vec<f64>>| of.keys().cloned().collect::<Vec<_>>();
    if names(&old) != names(&new) {
        return Err(format!("the file has other operations: {:?}, not {:?}", names(&old), names(&new)).into());
    }
    let far = |(was, is): (&f64, &f64)| (was - is).abs() > UNITS.max(is.abs() * PART);
    let other: Vec<_> = new.iter().filter(|(name, is)| old[*name].iter().zip(is.iter()).any(far)).collect();
    for (name, is) in &other {
        println!("{name}: the file says {:?}, and it is {is:?}", old[*name]);
    }
    if other.is_empty() {
        println!("{} operations are as the file says", new.len());
        return Ok(());
    }
    Err("run `cargo run --release -p lambdesk-bench -- cost` and look at what has changed".into())
}

/// The figures of each operation: requests, units and events, without what its answers weigh and cost.
fn figures(text: &str) -> BTreeMap<String, Vec<f64>> {
    let rows = text.lines().skip_while(|line| *line != paper::OPERATIONS).skip(2).take_while(|line| line.starts_with('|'));
    let row = |line: &str| {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).map(str::to_owned).collect();
        let figures = cells.iter().skip(1).take(6).map(|cell| cell.parse().unwrap_or(0.0)).collect();
        cells.first().map(|name| (name.clone(), figures))
    };
    rows.filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(units: &str, dollars: &str) -> String {
        format!(
            "# Costs\n\n{}\n| --- |\n| a reply | 1 | 1 | {units} | 0 | 4 | 2 | 1 | {dollars} |\n\n## More\n",
            paper::OPERATIONS
        )
    }

    #[test]
    fn other_units_fail_and_other_prices_do_not() {
        let file = table("6", "9.10");
        assert!(compare(&file, &table("6", "12")).is_ok());
        assert!(compare(&file, &table("6.5", "9.10")).is_ok(), "a batch more or less");
        assert!(compare(&file, &table("8", "9.10")).is_err());
        assert!(compare(&file, &file.replace("a reply", "another")).is_err(), "an operation that the file lacks");
    }

    #[test]
    fn the_template_has_what_sums_are_made_of() {
        assert!(template::of_kind("AWS::CloudWatch::Alarm").len() >= 10);
        assert!(template::of_kind("AWS::Serverless::Function").len() >= 16);
        assert_eq!(template::schedules().iter().filter(|(_, when)| *when == "rate(1 minute)").count(), 1);
        assert!(template::throttles().len() > 15 && template::throttles().iter().any(|(route, _)| *route == "/s"));
        assert_eq!((template::fed_by_queues(), template::bounded()), (1, 8));
        assert!(template::memory("SourceMapsFunction") > template::memory("WidgetFunction"));
    }
}
