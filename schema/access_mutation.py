"""The changes of credentials that clients can make. Each line is one action (actions/) with one input."""

import strawberry

from actions.oauth.clients import create_oauth_client, revoke_oauth_client
from actions.service_accounts import create_service_account, save_service_account
from actions.sessions import invite, revoke_session, revoke_sessions
from actions.tokens import create_token, revoke_token, rotate_token
from resolvers.mutations.fields import mutation
from schema import payloads
from schema.inputs import access


@strawberry.type
class AccessMutation:
    create_service_account: payloads.ServiceAccountPayload | None = mutation(
        create_service_account, access.CreateServiceAccountInput, description="Add who a script or bot is."
    )
    save_service_account: payloads.ServiceAccountPayload | None = mutation(
        save_service_account,
        access.SaveServiceAccountInput,
        description="Change a service account, or archive it, which ends its tokens and clients.",
    )
    create_token: payloads.NewTokenPayload | None = mutation(
        create_token, access.CreateTokenInput, description="Make a bearer token, your own or a service account's."
    )
    rotate_token: payloads.NewTokenPayload | None = mutation(
        rotate_token,
        access.RotateTokenInput,
        description="Give a token a successor. CONFLICT for one that is over, has a successor, or was fetched by an"
        " OAuth client; FORBIDDEN for another person's.",
    )
    revoke_token: payloads.TokenPayload | None = mutation(
        revoke_token, access.RevokeTokenInput, description="End a token at once. Ending it twice changes nothing."
    )
    create_oauth_client: payloads.NewOAuthClientPayload | None = mutation(
        create_oauth_client,
        access.CreateOAuthClientInput,
        name="createOAuthClient",
        description="Let a program fetch short-lived tokens of a service account (OAuth 2.0 client credentials).",
    )
    revoke_oauth_client: payloads.OAuthClientPayload | None = mutation(
        revoke_oauth_client,
        access.RevokeOAuthClientInput,
        name="revokeOAuthClient",
        description="End an OAuth client and every token that it fetched, at once.",
    )
    create_sign_in_link: payloads.SignInLinkPayload | None = mutation(
        invite,
        access.CreateSignInLinkInput,
        description="Make a link that signs a person in once, within 24 hours. FORBIDDEN for a token with scopes.",
    )
    end_session: payloads.SessionPayload | None = mutation(
        revoke_session, access.EndSessionInput, description="End a browser session at once."
    )
    end_sessions: payloads.UserPayload | None = mutation(
        revoke_sessions,
        access.EndSessionsInput,
        description="End all browser sessions of a person at once, your present one included.",
    )
