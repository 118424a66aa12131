# Where the packages are, and the template's own parameters under names as Terraform writes them. The template checks their
# values; `tests/template` holds names and defaults against it.

variable "packages" {
  description = "A folder that `infra/package` has made, or that of a release: the three zips and template.yaml."
  type        = string
}

variable "bucket" {
  description = "A bucket of this account, in the region of the stack; public access to it stays blocked."
  type        = string
}

variable "prefix" {
  description = "How keys in the bucket begin."
  type        = string
  default     = "rotakey/"
}

variable "stack_name" {
  description = "The name of the stack, of at most 64 characters; also that of its bus, its dashboard and its log groups."
  type        = string
  default     = "rotakey"

  validation {
    condition     = length(var.stack_name) <= 64
    error_message = "The clock's schedule group has the stack's name, which may have at most 64 characters."
  }
}

variable "tags" {
  description = "Tags of the stack and of everything in it."
  type        = map(string)
  default     = {}
}

variable "secret_prefix" {
  description = "The functions read secrets of this region whose names begin so, and no others."
  type        = string
  default     = "rotakey/"
}

variable "identity_store_id" {
  description = "The identity store of IAM Identity Center whose groups are targets. Empty gives no right to any."
  type        = string
  default     = ""
}

variable "identity_center_region" {
  description = "The region of IAM Identity Center. Empty means the region of the stack."
  type        = string
  default     = ""
}

variable "alarm_address" {
  description = "An e-mail address that hears of alarms; AWS asks it to confirm. Empty subscribes nobody."
  type        = string
  default     = ""
}

variable "architecture" {
  description = "The processors that the packages were built for: arm64 or x86_64."
  type        = string
  default     = "arm64"
}

variable "ticks" {
  description = "Whether the clock runs, once a minute: ENABLED or DISABLED."
  type        = string
  default     = "ENABLED"
}

variable "reserved_concurrency" {
  description = "on sets 22 of the account's concurrent executions aside; off is for accounts whose quota is smaller than 122."
  type        = string
  default     = "on"
}

variable "log_level" {
  description = "The least level that is logged: error, warn, info or debug."
  type        = string
  default     = "info"
}

variable "log_retention_days" {
  description = "How long logs are kept, in days, as CloudWatch knows them: 30, 90, 365, .."
  type        = number
  default     = 365
}

variable "existing_table" {
  description = "A table to go on with, after a restore or from a stack that was removed. Empty makes a new one."
  type        = string
  default     = ""
}
