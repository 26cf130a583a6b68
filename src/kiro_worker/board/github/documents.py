"""Every GraphQL document that is ever sent about boards; each is checked in the tests against GitHub's own schema.

Connections cost: a page of 100 cards without any below it is one point, with five below each card it is five. So
columns are found by glances, and what else there is to know is asked for only of the cards that are in one.
"""

_RATE = """
  rateLimit {
    cost
    limit
    remaining
    resetAt
    used
  }"""

BOARD = f"""
query Board($owner: String!, $number: Int!) {{{_RATE}
  viewer {{
    login
  }}
  repositoryOwner(login: $owner) {{
    __typename
    ... on Organization {{
      projectV2(number: $number) {{
        ...Project
      }}
    }}
    ... on User {{
      projectV2(number: $number) {{
        ...Project
      }}
    }}
  }}
}}

fragment Project on ProjectV2 {{
  id
  title
  url
  closed
  viewerCanUpdate
  fields(first: 100) {{
    nodes {{
      __typename
      ... on ProjectV2Field {{
        id
        name
        dataType
      }}
      ... on ProjectV2SingleSelectField {{
        id
        name
        options {{
          id
          name
        }}
      }}
    }}
  }}
}}
"""

_VALUES = """
  id
  type
  isArchived
  updatedAt
  status: fieldValueByName(name: $status) {
    __typename
    ... on ProjectV2ItemFieldSingleSelectValue {
      optionId
      name
    }
  }"""

_PAGE = """
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
        nodes {
          ...Glance
        }"""

_GLANCE = f"""
fragment Glance on ProjectV2Item {{{_VALUES}
  content {{
    __typename
    ... on DraftIssue {{
      updatedAt
    }}
    ... on Issue {{
      updatedAt
    }}
    ... on PullRequest {{
      updatedAt
    }}
  }}
}}
"""

GLANCES = f"""
query Glances($project: ID!, $status: String!, $first: Int!, $after: String) {{{_RATE}
  node(id: $project) {{
    __typename
    ... on ProjectV2 {{
      items(first: $first, after: $after) {{{_PAGE}
      }}
    }}
  }}
}}
{_GLANCE}"""

# github.com, and Enterprise Server from 3.20 on.
GLANCES_MATCHING = f"""
query GlancesMatching($project: ID!, $status: String!, $first: Int!, $after: String, $query: String!) {{{_RATE}
  node(id: $project) {{
    __typename
    ... on ProjectV2 {{
      items(first: $first, after: $after, query: $query) {{{_PAGE}
      }}
    }}
  }}
}}
{_GLANCE}"""

_ABOUT = """
      id
      number
      title
      body
      url
      createdAt
      updatedAt
      author {
        __typename
        login
      }
      repository {
        nameWithOwner
        isArchived
      }
      labels(first: 50) {
        totalCount
        nodes {
          name
        }
      }"""

_BLOCKERS = """
      blockedBy(first: 50) {
        totalCount
        nodes {
          number
          title
          state
          repository {
            nameWithOwner
          }
        }
      }"""


def _cards(name: str, blockers: str) -> str:
    return f"""
query {name}($ids: [ID!]!, $status: String!, $priority: String!, $branch: String!) {{{_RATE}
  nodes(ids: $ids) {{
    __typename
    ... on ProjectV2Item {{
      ...Whole
    }}
  }}
}}

fragment Whole on ProjectV2Item {{{_VALUES}
  priority: fieldValueByName(name: $priority) {{
    __typename
    ... on ProjectV2ItemFieldSingleSelectValue {{
      optionId
      name
    }}
    ... on ProjectV2ItemFieldNumberValue {{
      number
    }}
  }}
  branch: fieldValueByName(name: $branch) {{
    __typename
    ... on ProjectV2ItemFieldTextValue {{
      text
    }}
  }}
  project {{
    id
  }}
  content {{
    __typename
    ... on DraftIssue {{
      id
      title
      body
      createdAt
      updatedAt
      creator {{
        __typename
        login
      }}
    }}
    ... on Issue {{{_ABOUT}
      state
      linkedBranches(first: 20) {{
        totalCount
        nodes {{
          ref {{
            name
            repository {{
              nameWithOwner
            }}
          }}
        }}
      }}
      closedByPullRequestsReferences(first: 20) {{
        totalCount
        nodes {{
          number
          state
          headRefName
          headRepository {{
            nameWithOwner
          }}
        }}
      }}{blockers}
    }}
    ... on PullRequest {{{_ABOUT}
      # Two kinds of states cannot have one name in an answer.
      pullState: state
      headRefName
      headRepository {{
        nameWithOwner
      }}
    }}
  }}
}}
"""


CARDS = _cards("Cards", _BLOCKERS)
# For Enterprise Server that does not know dependencies between issues yet.
CARDS_WITHOUT_BLOCKERS = _cards("CardsWithoutBlockers", "")

_COMMENTS = """
      comments(last: 100, before: $before) {
        pageInfo {
          hasPreviousPage
          startCursor
        }
        nodes {
          id
          url
          body
          viewerDidAuthor
          author {
            __typename
            login
          }
        }
      }"""

COMMENTS = f"""
query Comments($subject: ID!, $before: String) {{{_RATE}
  viewer {{
    login
  }}
  node(id: $subject) {{
    __typename
    ... on Issue {{{_COMMENTS}
    }}
    ... on PullRequest {{{_COMMENTS}
    }}
  }}
}}
"""

MOVE = """
mutation Move($project: ID!, $item: ID!, $field: ID!, $option: String!) {
  updateProjectV2ItemFieldValue(
    input: {projectId: $project, itemId: $item, fieldId: $field, value: {singleSelectOptionId: $option}}
  ) {
    projectV2Item {
      id
    }
  }
}
"""

ADD_COMMENT = """
mutation AddComment($subject: ID!, $body: String!) {
  addComment(input: {subjectId: $subject, body: $body}) {
    commentEdge {
      node {
        id
        url
      }
    }
  }
}
"""

EDIT_COMMENT = """
mutation EditComment($comment: ID!, $body: String!) {
  updateIssueComment(input: {id: $comment, body: $body}) {
    issueComment {
      id
      url
    }
  }
}
"""

DELETE_COMMENT = """
mutation DeleteComment($comment: ID!) {
  deleteIssueComment(input: {id: $comment}) {
    clientMutationId
  }
}
"""

PULL_REQUEST = """
query PullRequest($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      id
    }
  }
}
"""

# For what is on the board already, GitHub answers with the item that there is.
ADD_ITEM = """
mutation AddItem($project: ID!, $content: ID!) {
  addProjectV2ItemById(input: {projectId: $project, contentId: $content}) {
    item {
      id
    }
  }
}
"""

EDIT_DRAFT = """
mutation EditDraft($draft: ID!, $body: String!) {
  updateProjectV2DraftIssue(input: {draftIssueId: $draft, body: $body}) {
    draftIssue {
      id
    }
  }
}
"""

DOCUMENTS = (
    BOARD,
    GLANCES,
    GLANCES_MATCHING,
    CARDS,
    CARDS_WITHOUT_BLOCKERS,
    COMMENTS,
    MOVE,
    ADD_COMMENT,
    EDIT_COMMENT,
    DELETE_COMMENT,
    EDIT_DRAFT,
    PULL_REQUEST,
    ADD_ITEM,
)
