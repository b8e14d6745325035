"""What commands there are. Each is a module that is imported only when it is the one that was typed."""

from __future__ import annotations

from cyclopts import App, Group, Parameter

from hawk import __version__

_RUN = Group("Run", sort_key=1)
_FOLLOW = Group("Follow and steer (the last job, unless an ID is given)", sort_key=2)
_READ = Group("Read results", sort_key=3)
_SET_UP = Group("Set up", sort_key=4)

_COMMANDS = (
    ("eval-set", "eval_set", "Run the eval set of a config.", _RUN),
    ("resume", "resume", "Launch an ended job again; finished samples are kept.", _RUN),
    ("status", "status", "Show how a job stands and why.", _FOLLOW),
    ("watch", "watch", "Show a job's progress live until it ends.", _FOLLOW),
    ("wait", "wait", "Wait for a job's end, and exit as it did.", _FOLLOW),
    ("logs", "logs", "Print a job's output.", _FOLLOW),
    ("stop", "stop", "End a job, or one of its samples; what is done is kept.", _FOLLOW),
    ("delete", "delete", "End a job and forget it; its eval logs are kept.", _FOLLOW),
    ("spec", "spec", "Print the config of a job.", _FOLLOW),
    ("transcript", "transcript", "Print one sample: what was asked, said, called and scored.", _READ),
    ("transcripts", "transcripts", "Print or write every sample of a job.", _READ),
    ("search", "search", "Find text in transcripts: any substring, every hit.", _READ),
    ("web", "web", "Open an eval set's page in a browser.", _READ),
    ("view-sample", "view_sample", "Open a sample's page in a browser.", _READ),
    ("import", "import_logs", "Take in logs that Hawk did not run.", _READ),
    ("download", "download", "Fetch the logs of an eval set as files.", _READ),
    ("compare", "compare", "Compare eval sets or evals: scores, flips, tokens, time, cost.", _READ),
    ("usage", "usage", "Sum up tokens and cost by model, eval set, user, day or task.", _READ),
    ("models", "models", "List the models that you may use.", _READ),
    ("login", "login", "Log in to a server.", _SET_UP),
    ("logout", "logout", "Forget the login to a server.", _SET_UP),
    ("serve", "serve", "Answer Hawk's API to other machines and users.", _SET_UP),
    ("worker", "worker", "Keep the warehouse as the storage is, without a server.", _SET_UP),
    ("init", "init", "Write a first config and its task.", _SET_UP),
    ("schema", "schema", "Print the JSON Schema of a kind of config.", _SET_UP),
    ("doctor", "doctor", "Check this machine, its warehouse and its server.", _SET_UP),
    ("clean", "clean", "Free disk of this machine: caches, and output of ended jobs.", _SET_UP),
    ("completion", "completion", "Print the completion script of a shell.", _SET_UP),
)
_LISTS = (
    ("jobs", "list_jobs", "Jobs, newest first."),
    ("eval-sets", "list_eval_sets", "Eval sets, newest first."),
    ("evals", "list_evals", "Evals of the last job, or of an ID."),
    ("samples", "list_samples", "Samples of the last job, or of an ID."),
)
_AUTH = (
    ("login", "login:login", "The same as `hawk login`."),
    ("access-token", "auth_tokens:access_token", "Print an access token, for scripts."),
    ("refresh-token", "auth_tokens:refresh_token", "Print the refresh token."),
    ("whoami", "auth_whoami:whoami", "Say whom the server takes you for."),
)
_DATABASE = (
    ("upgrade", "Bring it to this Hawk's schema."),
    ("check", "Compare it with the storage, and name each difference."),
    ("rebuild", "Make it again from the storage alone."),
    ("rotate-keys", "Sign the tokens of jobs with a new key from now on."),
)


def make_app() -> App:
    """The command line of Hawk, with nothing of its commands imported."""
    app = App(
        name="hawk",
        help="Run Inspect evaluations and read what they produce.",
        version=__version__,
        help_format="plaintext",
        help_formatter="plain",
        help_epilogue="With --debug any command shows the traceback of an error.",
        default_parameter=Parameter(negative=(), show_default=False),
        group_commands=_SET_UP,
        suppress_keyboard_interrupt=False,
    )
    for number, (name, module, summary, group) in enumerate(_COMMANDS):
        place = f"hawk.cli.commands.{module}:{module}"
        app.command(place, name=name, help=summary, group=group, sort_key=number)
    local = App(name="local", help="Run on this machine, whatever server is set.", group=_RUN)
    local.command("hawk.cli.commands.local_eval_set:local_eval_set", name="eval-set", help="Run an eval set.")
    lists = App(name="list", help="List jobs, eval sets, evals and samples.", group=_READ)
    for name, module, summary in _LISTS:
        lists.command(f"hawk.cli.commands.{module}:{module}", name=name, help=summary)
    config = App(name="config", help="Look at Hawk's settings.", group=_SET_UP)
    show = "hawk.cli.commands.config_show:config_show"
    config.command(show, name="show", help="Every setting, its value, and where it comes from.")
    db = App(name="db", help="Look after the database of this machine's settings.", group=_SET_UP)
    for name, summary in _DATABASE:
        function = f"db_{name.replace('-', '_')}"
        db.command(f"hawk.cli.commands.{function}:{function}", name=name, help=summary)
    auth = App(name="auth", help="Who you are to a server, and the tokens that say so.", group=_SET_UP)
    for name, place, summary in _AUTH:
        auth.command(f"hawk.cli.commands.{place}", name=name, help=summary)
    for group_of_commands in (local, lists, config, db, auth):
        app.command(group_of_commands)
    return app
