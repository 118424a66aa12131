//! The domain's stores over one DynamoDB table.
