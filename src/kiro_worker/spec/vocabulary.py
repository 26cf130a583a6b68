# ruff: noqa: RUF001  # words of other scripts are meant as they stand
# words of other scripts are meant as they stand
"""Words of specs in the languages they are written in; position decides first, these settle what position cannot.

All are folded by `str.casefold`. Where a script has no spaces, a word also counts at the end of a longer run.
"""

import re

from kiro_worker.expression import Expression


def _listed(text: str) -> frozenset[str]:
    return frozenset(word.strip() for line in text.splitlines() for word in line.split(",") if word.strip())


REQUIREMENT = _listed("""
    requirement, requirements, req, reqs, r, rq, specification
    要件, 要求, 要求事項, 要件定義, 需求, 要求项, 需求项, 요구사항, 요구, 요건
    requisito, requisitos, requerimiento, requerimientos, requisiti, exigence, exigences, anforderung, anforderungen
    требование, требования, требований, المتطلب, المتطلبات, متطلب, متطلبات, gereksinim, gereksinimler, gereksinimleri
    persyaratan, kebutuhan, wymaganie, wymagania, eis, eisen, vereiste, vereisten, krav
""")

STORY = _listed("""
    user story, user-story, story, objective, goal
    用户故事, 用戶故事, 使用者故事, 目的, 目标, 目標, ユーザーストーリー, 사용자 스토리
    história do usuário, história de usuário, historia de usuario, objetivo, récit utilisateur, objectif
    benutzergeschichte, anwendergeschichte, ziel, storia utente, пользовательская история, цель
    قصة المستخدم, الهدف, kullanıcı hikayesi, amaç, cerita pengguna, tujuan
""")

ACCEPTANCE = _listed("""
    acceptance criteria, acceptance criterion, acceptance
    验收标准, 驗收標準, 验收准则, 接受标准, 受け入れ基準, 受入基準, 受入条件, 受け入れ条件
    인수 조건, 인수 기준, 수용 기준, 수락 기준, critérios de aceitação, critérios de aceite, criterios de aceptación
    critères d'acceptation, critères d’acceptation, akzeptanzkriterien, criteri di accettazione
    критерии приемки, критерии приёмки, معايير القبول, kabul kriterleri, kriteria penerimaan, kryteria akceptacji
    acceptatiecriteria
""")

GLOSSARY = _listed("""
    glossary, terms, terminology, definitions, glossary of terms
    术语表, 术语, 術語表, 名词解释, 用語集, 用語, 用語定義, 용어집, 용어, 용어 정의
    glossário, glosario, glossaire, glossar, glossario, глоссарий, термины
    المصطلحات, مسرد المصطلحات, قاموس المصطلحات, sözlük, terimler sözlüğü, glosarium, daftar istilah
""")

PROPERTY = _listed("""
    property, properties, prop, props, 属性, 性质, 性質, 特性, プロパティ, 속성
    propiedad, propiedades, propriedade, propriedades, propriété, propriétés, eigenschaft, eigenschaften, proprietà
    свойство, свойства, خاصية, الخاصية, الخصائص, özellik, özellikler, properti, sifat
""")

# Longer words come first, so that each is found whole at the start of a text.
ALL = (
    *("todos", "todas", "toutes", "tutti", "tutte", "every", "semua", "bütün", "todo", "toda", "tous", "alle", "все"),
    *("tüm", "all", "جميع", "كافة", "كل", "모든", "전체", "모두", "すべて", "全て", "全部", "所有", "全"),
)

NOTHING = _listed("""
    n/a, na, none, not applicable, -, –, —, 无, 無, なし, 없음, ninguno, ninguna, nenhum, nenhuma, aucun, aucune
    keine, keins, nessuno, нет, لا يوجد, yok, tidak ada
""")

# A remark with one of these keys tells what its task covers, if its value holds a reference.
COVERS = _listed("""
    validates, validate, verifies, covers, cover, implements, satisfies, references, refs, traces, trace, fulfils
    fulfills, 验证, 驗證, 検証, 検証要件, 覆盖, 对应, 対応, 검증, valida, validan, verifica, cobre, cubre, couvre
    valide, deckt, проверяет, проверка, doğrular, doğrulama, memvalidasi, يتحقق, التحقق
""")

DEPENDS = _listed("""
    depends, dependency, dependencies, requires, blocked, blocks, parallel, prerequisite, prerequisites, after, before
    依赖, 依賴, 前置, 依存, 依存関係, 의존, 의존성, depende, dependencias, dependências, dépend, dépendances, abhängig
    abhängigkeiten, dipende, зависит, зависимости, bağımlılık, bağımlılıklar, bergantung, ketergantungan
    يعتمد, التبعيات
""")

TASK = _listed("""
    task, tasks, t, タスク, 任务, 任務, 작업, tarea, tareas, tarefa, tarefas, tâche, tâches, aufgabe, aufgaben
    задача, задачи, görev, tugas, مهمة, المهمة
""")

# Numbers behind these words are no requirements.
ELSEWHERE = TASK | _listed("""
    step, steps, phase, phases, section, sections, design, see, file, files, version, v, wave, waves, sprint, week
    weeks, day, days, chapter, page, pages, part, appendix, figure, table, example, milestone, stage, priority
    estimate, effort, time, date, duration, size, component, components, model, models, option, level, layer, tier
    scenario, test, tests, iteration, release, item, gap, p, q, h, e, w, note, notes, status, completed, total, line
    lines, 阶段, 階段, フェーズ, 步骤, 步驟, ステップ, 设计, 設計, 章, 节, 版本, バージョン, 优先级, 優先度, 단계
    fase, fases, paso, pasos, passo, passos, etapa, etapas, étape, étapes, schritt, schritte, этап, этапы, шаг, шаги
    aşama, adım, tahap, langkah, المرحلة, الخطوة
""")

# Words for "and", as they stand between two references.
AND = r"\b(?:and|or|und|et|y|e|и|ve|dan|o|ou|oder)\b|[&+/和及与與と]|\sو\s?"

_CHECKPOINT = (
    r"check[ -]?points?|チェックポイント|检查点|檢查點|检验点|체크포인트|"
    r"punto de (?:control|verificación|comprobación)|ponto de (?:verificação|controle|controlo|checagem)|"
    r"point de (?:contrôle|vérification)|kontrollpunkt|prüfpunkt|punto di controllo|"
    r"контрольная точка|чек-?поинт|نقطة (?:ال)?(?:تحقق|تفتيش|فحص|مراجعة)|"
    r"kontrol noktası|titik (?:pemeriksaan|periksa|kontrol)"
)
_QUALIFIER = (
    r"final|last|first|second|third|mid|midpoint|mid-point|interim|intermediate|integration|milestone|quality|"
    r"phase|wave|stage|sprint|[0-9]{1,4}(?:\.[0-9]{1,4})*|第[0-9一二三四五六七八九十]{1,4}|阶段|"
    r"финальный|финальная|промежуточный|промежуточная|dernier|intermédiaire|ara|son|akhir"
)
# A title that says Checkpoint, rather than one of work on something called so.
CHECKPOINT = Expression(
    rf"[^\w\s]{{0,8}}\s{{0,8}}(?:(?:{_QUALIFIER})[\s:-]{{1,4}}){{0,3}}(?:最终|最終|中间|中間|최종 ?|중간 ?)?"
    rf"(?:{_CHECKPOINT})(?:\s*+#?[0-9]{{1,4}}(?:\.[0-9]{{1,4}})*(?!\w)|\s*+(?!\w))",
    re.IGNORECASE,
)
# What Kiro's bugfix plans ask for once the fix is there: the tests that were written before it are only run again.
RUN_AGAIN = Expression(r"verify\b.{1,200}\btests? (?:now|still) pass(?:es)?\b", re.IGNORECASE)
# Words that tell that a test is to fail for now.
MUST_FAIL = Expression(
    r"must fail|should fail|expected to fail|必须失败|必須失敗|应该失败|預期失敗|预期失败|"
    r"失敗する(?:必要|はず|こと)|失敗しなければ|실패해야|debe fallar|deben fallar|deve falhar|devem falhar|"
    r"doit échouer|doivent échouer|muss fehlschlagen|müssen fehlschlagen|deve fallire|"
    r"должен (?:упасть|провалиться|падать)|يجب أن (?:يفشل|تفشل)|başarısız olmalı|harus gagal",
    re.IGNORECASE,
)
_WORD = Expression(r"[^\W\d_]+(?:[-'][^\W\d_]+)*")


def words(text: str) -> list[str]:
    """The words of a short text, folded.

    >>> words("Derived Requirement")
    ['derived', 'requirement']
    """
    return _WORD.findall(text.casefold())


def names(text: str, known: frozenset[str]) -> bool:
    """Whether a text ends in one of the known words, as `Derived Requirement` does.

    Scripts without spaces glue words together, so there a known word may also be the end of a longer run.
    """
    found = words(text)
    if not found:
        return False
    last = found[-1]
    return last in known or (not last.isascii() and any(last.endswith(word) for word in known if not word.isascii()))


def mentions(text: str, known: frozenset[str]) -> bool:
    """Whether any word of a text is one of the known ones."""
    return any(word in known for word in words(text))
