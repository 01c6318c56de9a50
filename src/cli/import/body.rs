//! A row of a queue file as the daemon takes it: the same columns, in JSON's own types.

use serde_json::{Map, Value};

use crate::domain::columns::COLUMNS;
use crate::domain::submission::Request;

/// One request; empty columns are left out.
pub fn body(request: &Request) -> Value {
    let filled = COLUMNS.iter().map(|column| (column.name, (column.get)(request))).filter(|(_, text)| !text.is_empty());
    Value::Object(filled.map(|(name, text)| (name.to_owned(), value(name, text))).collect::<Map<_, _>>())
}

fn value(column: &str, text: String) -> Value {
    match column {
        "request" | "storage_gb" | "level" | "case_rank" => text.parse::<u64>().map_or(Value::String(text), Value::from),
        "repeat_suspect" | "life_at_risk" => Value::Bool(text == "true"),
        "scope" | "risk" => text.split(';').map(Value::from).collect(),
        _ => Value::String(text),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::submissions_form;

    #[test]
    fn a_row_becomes_the_same_columns_in_the_types_of_json() {
        let text = "force,crime_ref,exhibit_ref,oic,offence,owner,device,taken_at,site,storage_gb,scope,life_at_risk,make\n\
                    Northshire,NS/1,AB/1,DC 1,rasso,victim,phone,2026-11-23T08:40:00+01:00,north,128,messages; photos,true,\n";
        let sheet = submissions_form("queue.csv", text.as_bytes(), "2026-11-23T09:00:00Z".parse().unwrap()).unwrap();
        let row = sheet.rows.first().unwrap();
        assert_eq!(
            body(&row.request),
            json!({
                "force": "Northshire", "crime_ref": "NS/1", "exhibit_ref": "AB/1", "request": 1, "oic": "DC 1",
                "offence": "rasso", "owner": "victim", "device": "phone", "storage_gb": 128, "lock_state": "unknown",
                "taken_at": "2026-11-23T07:40:00Z", "site": "north", "level": 1, "scope": ["messages", "photos"],
                "repeat_suspect": false, "life_at_risk": true,
            })
        );
    }
}
