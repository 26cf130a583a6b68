"""Read Kiro specs: one reader for every verb, which never fails and drops nothing in silence."""

from kiro_worker.spec.annotation import Annotation, AnnotationRole
from kiro_worker.spec.bugfix_reader import read_bugfix
from kiro_worker.spec.choice import Ambiguous, Candidate, Chosen, Clue, NotFound, choose_spec
from kiro_worker.spec.config_file import SpecConfig, SpecKind, read_config
from kiro_worker.spec.criterion import Aspect, Criterion, Requirement, RequirementList, Term
from kiro_worker.spec.design import Design, Property, Section, read_design
from kiro_worker.spec.detail import DetailLine, Passage
from kiro_worker.spec.diagnostic import RULES, Diagnostic, Rule, Severity
from kiro_worker.spec.document import Form
from kiro_worker.spec.ears import Ears, EarsPattern, classify
from kiro_worker.spec.near_miss import NearMiss
from kiro_worker.spec.order import ExecutionOrder, execution_order
from kiro_worker.spec.reference import Reference, ReferenceKind, read_references
from kiro_worker.spec.requirement_reader import read_requirements
from kiro_worker.spec.resolution import Resolved, resolve, resolve_references
from kiro_worker.spec.spec import Spec, read_spec
from kiro_worker.spec.task import Progress, Purpose, Status, Task, TaskList
from kiro_worker.spec.task_reader import read_tasks
from kiro_worker.spec.tick import NotTicked, Refusal, Ticked, tick, untick
from kiro_worker.spec.wave import NoGraph, Wave, WaveGraph

__all__ = [
    "RULES",
    "Ambiguous",
    "Annotation",
    "AnnotationRole",
    "Aspect",
    "Candidate",
    "Chosen",
    "Clue",
    "Criterion",
    "Design",
    "DetailLine",
    "Diagnostic",
    "Ears",
    "EarsPattern",
    "ExecutionOrder",
    "Form",
    "NearMiss",
    "NoGraph",
    "NotFound",
    "NotTicked",
    "Passage",
    "Progress",
    "Property",
    "Purpose",
    "Reference",
    "ReferenceKind",
    "Refusal",
    "Requirement",
    "RequirementList",
    "Resolved",
    "Rule",
    "Section",
    "Severity",
    "Spec",
    "SpecConfig",
    "SpecKind",
    "Status",
    "Task",
    "TaskList",
    "Term",
    "Ticked",
    "Wave",
    "WaveGraph",
    "choose_spec",
    "classify",
    "execution_order",
    "read_bugfix",
    "read_config",
    "read_design",
    "read_references",
    "read_requirements",
    "read_spec",
    "read_tasks",
    "resolve",
    "resolve_references",
    "tick",
    "untick",
]
