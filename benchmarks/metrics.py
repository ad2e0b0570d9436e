import _run


def run(env, options):
    print(_run.settings(env.cr))
