"""What a control call is about: the app it names, or the first one; the user in its path."""

from ecosystem.sandbox.accounts import Account
from ecosystem.sandbox.arguments import Arguments, ControlError
from ecosystem.sandbox.state import State
from ecosystem.sandbox.users import User


def chosen_account(state: State, arguments: Arguments) -> Account:
    """Take `appid` and return its account, the first one without it; 404 for an unknown app."""
    appid = arguments.text("appid")
    account = state.accounts.default if appid is None else state.accounts.by_appid(appid)
    if account is None:
        raise ControlError(404, f"no app {appid}")
    return account


def chosen_user(state: State, user_id: str) -> User:
    """Return the user the path names; 404 for an unknown one."""
    user = state.users.find(user_id)
    if user is None:
        raise ControlError(404, f"no user {user_id}")
    return user
