//! The table itself. On AWS the stack's template makes it; on a laptop and in tests, [`ensure_table`] does.

use crate::error::unavailable;
use access_core::ports::StoreError;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::client::Waiters;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::operation::describe_table::DescribeTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, TimeToLiveSpecification, TimeToLiveStatus,
};
use std::time::Duration;

/// The table's partition key, a text.
pub const PARTITION: &str = "pk";
/// The table's sort key, a text.
pub const SORT: &str = "sk";
/// The only index; every attribute is projected.
pub const INDEX: &str = "gsi1";
/// The index's partition key, a text.
pub const INDEX_PARTITION: &str = "gsi1pk";
/// The index's sort key, a text.
pub const INDEX_SORT: &str = "gsi1sk";
/// The time-to-live attribute, in seconds since 1970.
pub const EXPIRY: &str = "expires_at_epoch";

/// DynamoDB makes a table in seconds; a minute means that it will not.
const CREATION_SECONDS_MAX: u64 = 60;

/// Creates the table unless it is there, waits until it can be used, and turns its expiry on; a repeat changes nothing.
///
/// # Errors
/// [`StoreError::Unavailable`] when any step fails, or the table is not usable within a minute.
pub async fn ensure_table(client: &Client, table: &str) -> Result<(), StoreError> {
    match client.describe_table().table_name(table).send().await {
        Ok(_) => {}
        Err(error)
            if error
                .as_service_error()
                .is_some_and(DescribeTableError::is_resource_not_found_exception) =>
        {
            create(client, table).await?;
        }
        Err(error) => return Err(unavailable("DescribeTable", &error)),
    }
    let wait = client
        .wait_until_table_exists()
        .table_name(table)
        .wait(Duration::from_secs(CREATION_SECONDS_MAX))
        .await;
    wait.map_err(|_| {
        StoreError::Unavailable("DescribeTable: the table is not usable in time".to_owned())
    })?;
    expire(client, table).await
}

async fn create(client: &Client, table: &str) -> Result<(), StoreError> {
    let attribute = |name: &str| {
        AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(ScalarAttributeType::S)
            .build()
            .expect(COMPLETE)
    };
    let keys = |partition: &str, sort: &str| -> Result<Vec<_>, BuildError> {
        let part = |name: &str, kind| {
            KeySchemaElement::builder()
                .attribute_name(name)
                .key_type(kind)
                .build()
        };
        Ok(vec![
            part(partition, KeyType::Hash)?,
            part(sort, KeyType::Range)?,
        ])
    };
    let index = GlobalSecondaryIndex::builder()
        .index_name(INDEX)
        .set_key_schema(Some(keys(INDEX_PARTITION, INDEX_SORT).expect(COMPLETE)))
        .projection(
            Projection::builder()
                .projection_type(ProjectionType::All)
                .build(),
        )
        .build()
        .expect(COMPLETE);
    let created = client
        .create_table()
        .table_name(table)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(
            [PARTITION, SORT, INDEX_PARTITION, INDEX_SORT]
                .map(attribute)
                .into(),
        ))
        .set_key_schema(Some(keys(PARTITION, SORT).expect(COMPLETE)))
        .global_secondary_indexes(index)
        .send()
        .await;
    match created {
        Ok(_) => Ok(()),
        // Somebody else was a moment earlier.
        Err(error)
            if error
                .as_service_error()
                .is_some_and(CreateTableError::is_resource_in_use_exception) =>
        {
            Ok(())
        }
        Err(error) => Err(unavailable("CreateTable", &error)),
    }
}

/// Why builders of fixed parts cannot fail.
const COMPLETE: &str = "every required part is given";

async fn expire(client: &Client, table: &str) -> Result<(), StoreError> {
    let known = client
        .describe_time_to_live()
        .table_name(table)
        .send()
        .await
        .map_err(|error| unavailable("DescribeTimeToLive", &error))?;
    let status = known
        .time_to_live_description()
        .and_then(|known| known.time_to_live_status());
    if matches!(
        status,
        Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)
    ) {
        return Ok(());
    }
    let on = TimeToLiveSpecification::builder()
        .attribute_name(EXPIRY)
        .enabled(true)
        .build()
        .expect(COMPLETE);
    let turned_on = client
        .update_time_to_live()
        .table_name(table)
        .time_to_live_specification(on)
        .send()
        .await;
    turned_on
        .map(drop)
        .map_err(|error| unavailable("UpdateTimeToLive", &error))
}
