# Rotakey for whoever keeps their account in Terraform: the packages in a bucket of yours, and the stack around them.
#
# The resources are CloudFormation's own, made from the template that stands beside the packages. There is no second
# description of them here that could differ from it.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

locals {
  functions = toset(["oncall-poller", "webhook-receiver", "access-approver"])

  # Named by their content: a new package is a new object, which is how CloudFormation notices it.
  keys = { for name in local.functions : name => "${var.prefix}${filesha256("${var.packages}/${name}.zip")}.zip" }

  # Each `CodeUri: NAME.zip` becomes the place in the bucket; other lines stay.
  template = join("\n", [
    for line in split("\n", file("${var.packages}/template.yaml")) :
    startswith(trimspace(line), "CodeUri: ")
    ? "      CodeUri: s3://${var.bucket}/${local.keys[trimsuffix(trimprefix(trimspace(line), "CodeUri: "), ".zip")]}"
    : line
  ])

  # Refuses an update that would put an empty table in the place of the one with the state. Taking it out of the stack
  # (`existing_table`) is allowed: it is kept then.
  policy = {
    Statement = [
      {
        Effect    = "Allow"
        Action    = "Update:*"
        Principal = "*"
        Resource  = "*"
      },
      {
        Effect    = "Deny"
        Action    = "Update:Replace"
        Principal = "*"
        Resource  = "LogicalResourceId/Table"
      },
    ]
  }
}

data "aws_s3_bucket" "packages" {
  bucket = var.bucket
}

resource "aws_s3_object" "package" {
  for_each = local.functions

  bucket = var.bucket
  key    = local.keys[each.key]
  source = "${var.packages}/${each.key}.zip"

  lifecycle {
    # The former package goes only after the stack has changed over: going back needs it.
    create_before_destroy = true
  }
}

# The template is too long to be handed over by itself.
resource "aws_s3_object" "template" {
  bucket       = var.bucket
  key          = "${var.prefix}${sha256(local.template)}.yaml"
  content      = local.template
  content_type = "application/yaml"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudformation_stack" "rotakey" {
  # checkov:skip=CKV_AWS_124:What CloudFormation does is seen by whoever applies; what fails later has the stack's own alarms.

  name         = var.stack_name
  template_url = "https://${data.aws_s3_bucket.packages.bucket_regional_domain_name}/${aws_s3_object.template.key}"
  # Roles, and the three functions written in SAM's short form.
  capabilities = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
  policy_body  = jsonencode(local.policy)
  tags         = var.tags

  parameters = {
    SecretPrefix         = var.secret_prefix
    IdentityStoreId      = var.identity_store_id
    IdentityCenterRegion = var.identity_center_region
    AlarmAddress         = var.alarm_address
    Architecture         = var.architecture
    Ticks                = var.ticks
    ReservedConcurrency  = var.reserved_concurrency
    LogLevel             = var.log_level
    LogRetentionDays     = var.log_retention_days
    ExistingTable        = var.existing_table
  }

  depends_on = [aws_s3_object.package]
}
