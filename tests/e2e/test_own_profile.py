"""An interactive program that no shipped profile knows, driven by a profile of this machine."""

import sys

# Takes a prompt line by line, works when it has named its task, and says when it is done.
REPL = """#!{python}
import sys
print("Welcome.")
while True:
    print("you> ", end="", flush=True)
    line = sys.stdin.readline()
    if not line or line.strip() == "bye":
        break
    if "1.1" in line:
        open("greet.txt", "w").write("hello")
    print("All done.")
"""
PROFILE = """
name = "repl"
command = ["{command}"]
protocol = "pty"
[settings]
ready = "you> $"
done = "All done\\\\.\\\\s+you> $"
draws = false
quit = "bye\\\\r"
"""


def test_a_terminal_program_of_ones_own_is_an_agent_by_its_profile_alone(world):
    world.spec()
    program = world.folder / "repl"
    program.write_text(REPL.format(python=sys.executable))
    program.chmod(0o755)
    folder = world.folder / "laptop/.config/kiro-worker/agents"
    folder.mkdir(parents=True)
    (folder / "repl.toml").write_text(PROFILE.format(command=program))
    ran = world.run("--only", "1.1", "--agent", "repl", "--isolation", "none")
    assert ran.verdict == "DONE"
    wrong = world.run("--only", "1.2", "--agent", "repl", "--protocol", "headless", "--isolation", "none")
    assert (wrong.status, wrong.cause["code"]) == (2, "agent.protocol-unknown")
