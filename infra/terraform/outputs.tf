# What the stack answers, in the order in which it is needed.

output "environment" {
  description = "For a shell in which `rotakey` works on this stack."
  value       = aws_cloudformation_stack.rotakey.outputs["Environment"]
}

output "first_sync" {
  description = "What would change, before anything does: take `dry_run` out to do it."
  value       = aws_cloudformation_stack.rotakey.outputs["FirstSync"]
}

output "webhook_url" {
  description = "Followed by the name of a PagerDuty account: rotakey webhooks create NAME --url .."
  value       = aws_cloudformation_stack.rotakey.outputs["WebhookUrl"]
}

output "slack_command_url" {
  description = "Slack app, Slash Commands: the Request URL of /access."
  value       = aws_cloudformation_stack.rotakey.outputs["SlackCommandUrl"]
}

output "slack_interaction_url" {
  description = "Slack app, Interactivity & Shortcuts: the Request URL."
  value       = aws_cloudformation_stack.rotakey.outputs["SlackInteractionUrl"]
}

output "api_url" {
  description = "For --api of `rotakey request` and its kin, and for programs: signed with AWS SigV4, service lambda."
  value       = aws_cloudformation_stack.rotakey.outputs["ApiUrl"]
}

output "api_callers" {
  description = "The policy for the roles of whoever calls the API."
  value       = aws_cloudformation_stack.rotakey.outputs["ApiCallers"]
}

output "alarm_topic" {
  description = "Where alarms are told; subscribe whoever should hear of them."
  value       = aws_cloudformation_stack.rotakey.outputs["AlarmTopic"]
}

output "dashboard_url" {
  description = "How it is doing."
  value       = aws_cloudformation_stack.rotakey.outputs["DashboardUrl"]
}

output "bus_arn" {
  description = "For rules of your own."
  value       = aws_cloudformation_stack.rotakey.outputs["BusArn"]
}

output "dead_letters" {
  description = "Where events lie that failed for good; RUNBOOK.md says what to do with them."
  value       = aws_cloudformation_stack.rotakey.outputs["DeadLetters"]
}
