"""The changes that clients can make. Each line is one action (actions/) with one input."""

import strawberry

from actions.action_items import add_action_item, change_action_item
from actions.alerts.changes import acknowledge_alert, link_alert, resolve_alert
from actions.alerts.questions import answer_alert
from actions.alerts.rules import delete_routing_rule, save_routing_rule
from actions.alerts.sources import create_alert_source
from actions.catalogue.components import save_component
from actions.catalogue.people import save_user
from actions.catalogue.roles import save_role
from actions.catalogue.services import save_service
from actions.catalogue.severities import save_severity
from actions.catalogue.teams import save_team
from actions.declarations import declare_incident
from actions.edits import edit_incident
from actions.endings import cancel_incident, decline_incident, reopen_incident
from actions.entries import add_entry, pin_event
from actions.entries_at_once import add_entry_at_once
from actions.erasing.person import erase_person
from actions.items.bulk import change_action_items
from actions.linked_changes import link_change
from actions.members import add_member, remove_member
from actions.merges import merge_incident
from actions.postmortems.changes import edit_postmortem, publish_postmortem
from actions.postmortems.public import (
    edit_public_postmortem,
    publish_postmortem_publicly,
    withdraw_public_postmortem,
)
from actions.reports import acknowledge_incident, report_incident
from actions.roles import assign_role, relinquish_role
from actions.severity_changes import change_severity
from actions.stages import change_stage
from actions.tasks import add_task, claim_task, complete_task, drop_task, release_task
from actions.timestamps import correct_timestamp
from actions.updates import edit_update, publish_update, withdraw_update
from actions.visibility_changes import change_visibility
from actions.webhooks import create_webhook, delete_webhook
from resolvers.mutations.fields import mutation
from resolvers.mutations.perform import of_first, of_input, of_severity
from schema import payloads
from schema.access_mutation import AccessMutation
from schema.branding_mutation import BrandingMutation
from schema.heartbeats_mutation import HeartbeatsMutation
from schema.inputs import catalogue, connections, learning, work
from schema.inputs import incident as given
from schema.learning_mutation import LearningMutation
from schema.maintenance_mutation import MaintenanceMutation
from schema.noise_mutation import NoiseMutation
from schema.outward_mutation import OutwardMutation
from schema.paging_mutation import PagingMutation
from schema.practice_mutation import PracticeMutation
from schema.publishing_mutation import PublishingMutation
from schema.routing_mutation import RoutingMutation
from schema.runbooks_mutation import RunbooksMutation
from schema.running_mutation import RunningMutation
from schema.saved_filters_mutation import SavedFiltersMutation
from schema.schedules_mutation import SchedulesMutation
from schema.silences_mutation import SilencesMutation
from schema.sources_mutation import SourcesMutation
from schema.status_pages_mutation import StatusPagesMutation
from schema.subscribers_mutation import SubscribersMutation
from schema.webhook_mutation import WebhookMutation
from schema.workflow_mutation import WorkflowMutation


@strawberry.type(
    description="Every change is one transaction: all of it, or an error that says what to do and nothing of it. Fields"
    " of one document are carried out one after the other, and a refused one leaves the others as they are."
)
class Mutation(
    AccessMutation,
    BrandingMutation,
    HeartbeatsMutation,
    LearningMutation,
    MaintenanceMutation,
    NoiseMutation,
    OutwardMutation,
    PagingMutation,
    PracticeMutation,
    PublishingMutation,
    RoutingMutation,
    RunbooksMutation,
    SavedFiltersMutation,
    RunningMutation,
    SchedulesMutation,
    SilencesMutation,
    SourcesMutation,
    StatusPagesMutation,
    SubscribersMutation,
    WebhookMutation,
    WorkflowMutation,
):
    report_incident: payloads.IncidentPayload | None = mutation(
        report_incident, given.ReportIncidentInput, description="Report something that looks wrong: → DETECTION."
    )
    acknowledge_incident: payloads.IncidentPayload | None = mutation(
        acknowledge_incident,
        given.IncidentInput,
        description="Take a report and look at it: DETECTION → TRIAGE. ILLEGAL_TRANSITION from elsewhere.",
    )
    declare_incident: payloads.IncidentPayload | None = mutation(
        declare_incident,
        given.DeclareIncidentInput,
        description="Declare an incident, a new one or one in DETECTION or TRIAGE: → RESPONSE. Whoever declares it is"
        " a member of it.",
    )
    decline_incident: payloads.IncidentPayload | None = mutation(
        decline_incident, given.ReasonInput, description="It is no incident: DETECTION, TRIAGE → DECLINED."
    )
    cancel_incident: payloads.IncidentPayload | None = mutation(
        cancel_incident, given.ReasonInput, description="Call it off: any open stage → CANCELLED."
    )
    edit_incident: payloads.IncidentPayload | None = mutation(
        edit_incident, given.EditIncidentInput, description="Change what is known of an incident."
    )
    change_severity: payloads.IncidentPayload | None = mutation(
        change_severity,
        given.ChangeSeverityInput,
        description="Change how bad it is. What is owed from now on follows from the new severity.",
    )
    change_stage: payloads.IncidentPayload | None = mutation(
        change_stage, given.ChangeStageInput, description="Say that a stage is reached, from RESPONSE to CLOSED."
    )
    reopen_incident: payloads.IncidentPayload | None = mutation(
        reopen_incident,
        given.ReasonInput,
        description="It is not over: RESOLUTION, POSTMORTEM, CLOSED, DECLINED or CANCELLED → RESPONSE.",
    )
    merge_incident: payloads.IncidentPayload | None = mutation(
        merge_incident,
        given.MergeIncidentInput,
        description="Go on in another incident: any open stage → MERGED. CONFLICT for one that is merged already, and"
        " for a private one into one that is not.",
    )
    correct_timestamp: payloads.IncidentPayload | None = mutation(
        correct_timestamp, given.CorrectTimestampInput, description="Correct a moment that was noted wrongly."
    )
    change_visibility: payloads.IncidentPayload | None = mutation(
        change_visibility, given.ChangeVisibilityInput, description="Make an incident private, or open it to everyone."
    )
    add_member: payloads.IncidentPayload | None = mutation(
        add_member, given.MemberInput, description="Let a person see an incident while it is private."
    )
    remove_member: payloads.IncidentPayload | None = mutation(
        remove_member,
        given.MemberInput,
        description="No longer let a person see it while it is private. CONFLICT for one who holds a role in it, for"
        " yourself, and for the last one.",
    )
    assign_role: payloads.IncidentPayload | None = mutation(
        assign_role, given.AssignRoleInput, description="Give a role to a person, or hand it over in the same moment."
    )
    relinquish_role: payloads.IncidentPayload | None = mutation(
        relinquish_role, given.RelinquishRoleInput, description="Give up a role without a successor."
    )
    add_entry: payloads.EventPayload | None = mutation(
        add_entry,
        work.AddEntryInput,
        description="Write a line on a timeline. CONFLICT on a merged incident.",
        at_once=add_entry_at_once,
    )
    link_change: payloads.EventPayload | None = mutation(
        link_change,
        work.LinkChangeInput,
        description="Put a change to a system on a timeline, at the moment at which it was made. CONFLICT on a merged"
        " incident.",
    )
    pin_event: payloads.EventPayload | None = mutation(
        pin_event,
        work.PinEventInput,
        key=of_input("event"),
        description="Mark an event of a timeline as important, or no longer.",
    )
    add_task: payloads.TaskPayload | None = mutation(
        add_task, work.AddTaskInput, description="Add something that someone has to do."
    )
    claim_task: payloads.TaskPayload | None = mutation(
        claim_task,
        work.TaskInput,
        description="Take a task. CONFLICT, naming the holder, if someone else has it: exactly one person does.",
    )
    release_task: payloads.TaskPayload | None = mutation(
        release_task, work.TaskInput, description="Give a task back, for someone else to take."
    )
    complete_task: payloads.TaskPayload | None = mutation(
        complete_task, work.TaskInput, description="Say that a task is done."
    )
    drop_task: payloads.TaskPayload | None = mutation(
        drop_task, work.TaskInput, description="Say that a task is not needed."
    )
    publish_update: payloads.UpdatePayload | None = mutation(
        publish_update, work.PublishUpdateInput, description="Tell stakeholders or customers how it stands."
    )
    edit_update: payloads.UpdatePayload | None = mutation(
        edit_update, work.EditUpdateInput, description="Say the same in better words."
    )
    withdraw_update: payloads.UpdatePayload | None = mutation(
        withdraw_update,
        work.WithdrawUpdateInput,
        description="Take an update back; it disappears from the status page.",
    )
    acknowledge_alert: payloads.AlertPayload | None = mutation(
        acknowledge_alert,
        work.AlertInput,
        description="Say that somebody looks at a firing alert. CONFLICT if it no longer fires.",
    )
    answer_alert: payloads.AlertPayload | None = mutation(
        answer_alert,
        work.AnswerAlertInput,
        description="Say whether an alert about which people are asked is an incident: one is opened, in TRIAGE as"
        " yours, or it is kept as noise. CONFLICT if nobody is asked any more.",
    )
    resolve_alert: payloads.AlertPayload | None = mutation(
        resolve_alert, work.AlertInput, description="Close an alert by hand; its monitor's repeats don't reopen it."
    )
    link_alert: payloads.AlertPayload | None = mutation(
        link_alert,
        work.LinkAlertInput,
        description="Say which incident an alert belongs to, or that it belongs to none.",
    )
    add_action_item: payloads.ActionItemPayload | None = mutation(
        add_action_item, learning.AddActionItemInput, description="Note what a team does so that it does not come back."
    )
    change_action_item: payloads.ActionItemPayload | None = mutation(
        change_action_item, learning.ChangeActionItemInput, description="Change an action item."
    )
    change_action_items: payloads.ActionItemsPayload | None = mutation(
        change_action_items,
        learning.ChangeActionItemsInput,
        key=of_first,
        description="Change up to 100 action items in the same way: all of them, or none if one can't be.",
    )
    edit_postmortem: payloads.PostmortemPayload | None = mutation(
        edit_postmortem,
        learning.EditPostmortemInput,
        description="Write a section of a postmortem. Re-assembly leaves it as you wrote it.",
    )
    publish_postmortem: payloads.PostmortemPayload | None = mutation(
        publish_postmortem,
        given.IncidentInput,
        description="Declare a postmortem finished. Needs the permission to (managers and admins have it).",
    )
    publish_postmortem_publicly: payloads.IncidentPayload | None = mutation(
        publish_postmortem_publicly,
        learning.PublishPostmortemPubliclyInput,
        description="Tell customers what was learned, on the incident's public page."
        " `Postmortem.publicDraft` proposes a text.",
    )
    edit_public_postmortem: payloads.IncidentPayload | None = mutation(
        edit_public_postmortem,
        learning.EditPublicPostmortemInput,
        description="Reword the postmortem that customers read; they see that it was edited.",
    )
    withdraw_public_postmortem: payloads.IncidentPayload | None = mutation(
        withdraw_public_postmortem,
        learning.WithdrawPublicPostmortemInput,
        description="Take the postmortem that customers read off the page, the feeds and the API.",
    )
    save_user: payloads.UserPayload | None = mutation(
        save_user, catalogue.SaveUserInput, description="Add a person, or change one."
    )
    erase_person: payloads.UserPayload | None = mutation(
        erase_person,
        catalogue.ErasePersonInput,
        description="Erase who a person was, for good: name, address, ways to reach them, identities, sessions, tokens,"
        " what chats and ledgers call them. Their row stays, archived and under another name, with all that they did."
        " What others wrote of them is listed by `erasurePreview`, and erased by `eraseText`.",
    )
    save_team: payloads.TeamPayload | None = mutation(
        save_team, catalogue.SaveTeamInput, description="Add a team, or change one."
    )
    save_role: payloads.RolePayload | None = mutation(
        save_role, catalogue.SaveRoleInput, description="Add a role for incidents, or change one."
    )
    save_service: payloads.ServicePayload | None = mutation(
        save_service, catalogue.SaveServiceInput, description="Add a service, or change one."
    )
    save_component: payloads.ComponentPayload | None = mutation(
        save_component, catalogue.SaveComponentInput, description="Add a part of the product, or change one."
    )
    save_severity: payloads.SeverityPayload | None = mutation(
        save_severity,
        catalogue.SaveSeverityInput,
        key=of_severity,
        description="Add a severity, or make a new version of one; incidents keep the version that they were given.",
    )
    create_alert_source: payloads.AlertSourcePayload | None = mutation(
        create_alert_source,
        connections.CreateAlertSourceInput,
        description="Let a monitoring system post alerts. Needs the permission to administer.",
    )
    save_routing_rule: payloads.RoutingRulePayload | None = mutation(
        save_routing_rule,
        connections.SaveRoutingRuleInput,
        description="Say which alerts become incidents. Needs the permission to administer.",
    )
    delete_routing_rule: payloads.DeletePayload | None = mutation(
        delete_routing_rule,
        connections.DeleteInput,
        key=of_input("id"),
        description="Delete a routing rule; what it routed stays. Needs the permission to administer.",
    )
    create_webhook: payloads.WebhookPayload | None = mutation(
        create_webhook,
        connections.CreateWebhookInput,
        description="Tell an address of events. Needs the permission to administer.",
    )
    delete_webhook: payloads.DeletePayload | None = mutation(
        delete_webhook,
        connections.DeleteInput,
        key=of_input("id"),
        description="Tell an address no longer. Needs the permission to administer.",
    )
