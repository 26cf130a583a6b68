"""What is known of programs: what they do with their words, and what they start in their turn.

* call         one program call, taken apart
* catalogue    which program is known, and by whom
* files        programs that read and write files
* build        compilers, test runners, package managers
* git          git
* interpreter  shells and languages
* wrapper      programs that start another
* remote       programs that reach other machines, or rule this one
* variable     environment variables that change what programs do
"""
