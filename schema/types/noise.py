"""What alerts come to: of an incident, of a storm, for people."""

from datetime import date, datetime

import strawberry

from resolvers.fields import column


@strawberry.type(description="Alerts of one service and one monitor.")
class AlertBreakdownPart:
    service: str | None = column("The name of the service that they are about; null: of none.")
    source: str = column("The name of the monitor that sent them.")
    alerts: int = column("How many there are.")
    firing: int = column("How many of them have not ended.")


@strawberry.type(description="The alerts of an incident, counted.")
class AlertBreakdown:
    reference: str = column("The incident, such as `INC-123`.")
    alerts: int = column("How many there are.")
    firing: int = column("How many of them have not ended.")
    storm_began_at: datetime | None = column("If it is of an alert storm: when that began.")
    storm_ended_at: datetime | None = column("When the storm was over; null: it goes on, or there was none.")
    parts: list[AlertBreakdownPart] = column("By service and monitor, those with the most first; at most 200.")


@strawberry.type(description="What a rule of a monitor came to.")
class FatigueOfRule:
    rule: str = column("The monitor's name for it: the label `alertname`, else the title.")
    source: str = column("The name of the monitor.")
    alerts: int = column("How many alerts it raised.")
    at_night: int = column("How many of them came from 22:00 to 07:00.")
    acted: int = column(
        "How many led to action: acknowledged by somebody, or of an incident that somebody took up and that was neither"
        " declined nor cancelled."
    )
    share_acted: float = column("Which part of its alerts that is.")
    noise: int = column("How many were marked as noise.")
    pages: int = column("How often people were paged for incidents with its alerts.")
    pages_at_night: int = column("How often at night, in the time zone of the report.")


@strawberry.type(description="What the alerts of a service came to.")
class FatigueOfService:
    service: str | None = column("Its name; null: alerts of no service.")
    alerts: int = column("How many alerts there were.")
    at_night: int = column("How many of them came from 22:00 to 07:00.")
    acted: int = column("How many led to action.")
    pages: int = column("How often people were paged for incidents with its alerts.")
    pages_at_night: int = column("How often at night, in the time zone of the report.")


@strawberry.type(description="How often somebody was paged.")
class FatigueOfPerson:
    name: str = column("Who.")
    time_zone: str = column("The zone of their own rules for being paged, else the organisation's: nights are there.")
    pages: int = column("How often.")
    at_night: int = column("How often from 22:00 to 07:00.")
    acknowledged: int = column("How many of these pages they acknowledged.")


@strawberry.type(description="How often a vendor's pager, such as PagerDuty, was asked to page.")
class FatigueOfPager:
    pager: str = column("The integration's name.")
    pages: int = column("How often it was asked. Whom it woke, it knows alone.")
    at_night: int = column("How often from 22:00 to 07:00, in the time zone of the report.")


@strawberry.type(description="Which alerts and pages there were, and which of them led to action.")
class AlertFatigue:
    first_day: date = column("The first day that counts.")
    last_day: date = column("The last day that counts.")
    time_zone: str = column("The time zone of the days, and of the nights of alerts.")
    alerts: int = column("How many alerts there were, without suppressed ones.")
    at_night: int = column("How many of them came at night.")
    acted: int = column("How many of them led to action.")
    pages: int = column("How often people were paged: by us, and by vendors' pagers that we asked.")
    pages_at_night: int = column("How often at night, where each of them is; by vendors' pagers: in the zone above.")
    rules: list[FatigueOfRule] = column("By rule: those that nobody acted on first, then the loudest; at most 200.")
    services: list[FatigueOfService] = column("By service, in the same order; at most 200.")
    people: list[FatigueOfPerson] = column("By person, those who were woken most first; at most 200.")
    pagers: list[FatigueOfPager] = column("By the pagers of vendors, those that were asked most first.")


@strawberry.type(description="What proposed routing rules would have spared people: an estimate from a dry run.")
class PagesSaved:
    alerts: int = column("How many alerts were looked at.")
    since: datetime = column("Since when.")
    cut: bool = column("Whether there were more, and only the newest were taken.")
    incidents_before: int = column("Incidents that the present rules would have made.")
    incidents_after: int = column("Incidents that the proposed ones would have made.")
    pages: int = column("Pages for what the present rules make of these alerts, those of vendors' pagers among them.")
    pages_saved: int = column(
        "Those for incidents that the proposed rules would have opened for no alert, and for alerts alone for which"
        " they would have paged, or asked, nobody."
    )
