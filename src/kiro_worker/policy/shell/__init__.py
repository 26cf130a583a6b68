"""Reading a command line as a shell does, so that every simple command in it can be judged.

* word      one word, with all that it can stand for
* tree      the parser's tree, held to what a shell would read
* variable  which variables a script gives itself
* listing   commands that print only names of files
* script    from the tree to invocations: each simple command, where it runs and what it is fed
"""

from kiro_worker.policy.shell.script import Invocation, Redirect, read_script
from kiro_worker.policy.shell.tree import Unparsable
from kiro_worker.policy.shell.word import UNKNOWN, Word

__all__ = ["UNKNOWN", "Invocation", "Redirect", "Unparsable", "Word", "read_script"]
