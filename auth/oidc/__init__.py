"""Sign-in through identity providers (OpenID Connect): what is asked of them, and what of their answers is believed."""
