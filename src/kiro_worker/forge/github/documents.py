"""Every GraphQL document that is ever sent; each is checked in the tests against GitHub's own schema."""

VIEWER = """
query Viewer {
  viewer {
    login
  }
}
"""

# REST cannot change whether a pull request is a draft.
MARK_READY = """
mutation MarkReady($pull: ID!) {
  markPullRequestReadyForReview(input: {pullRequestId: $pull}) {
    pullRequest {
      isDraft
    }
  }
}
"""

MARK_DRAFT = """
mutation MarkDraft($pull: ID!) {
  convertPullRequestToDraft(input: {pullRequestId: $pull}) {
    pullRequest {
      isDraft
    }
  }
}
"""

# One point for all of them: what is new is found by comparing stamps, and only that is read.
ACTIVITY = """
query Activity($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) {
    pullRequests(first: 50, states: OPEN, orderBy: {field: UPDATED_AT, direction: DESC}) {
      nodes {
        number
        headRefName
        headRefOid
        isCrossRepository
        updatedAt
        commits(last: 1) {
          nodes {
            commit {
              statusCheckRollup {
                state
              }
            }
          }
        }
      }
    }
  }
}
"""

_COMMENT = """id
          url
          body
          createdAt
          authorAssociation
          viewerDidAuthor
          author {
            __typename
            login
          }
          reactionGroups {
            content
            viewerHasReacted
          }"""

CONVERSATION = f"""
query Conversation($owner: String!, $name: String!, $number: Int!) {{
  repository(owner: $owner, name: $name) {{
    pullRequest(number: $number) {{
      id
      number
      url
      state
      headRefName
      headRefOid
      comments(last: 100) {{
        totalCount
        nodes {{
          {_COMMENT}
        }}
      }}
      reviews(last: 50) {{
        totalCount
        nodes {{
          state
          {_COMMENT}
        }}
      }}
      reviewThreads(last: 50) {{
        totalCount
        nodes {{
          isResolved
          isOutdated
          path
          line
          comments(last: 20) {{
            nodes {{
              {_COMMENT}
            }}
          }}
        }}
      }}
      commits(last: 1) {{
        nodes {{
          commit {{
            oid
            statusCheckRollup {{
              contexts(first: 100) {{
                nodes {{
                  __typename
                  ... on CheckRun {{
                    name
                    status
                    conclusion
                    detailsUrl
                    title
                  }}
                  ... on StatusContext {{
                    context
                    state
                    targetUrl
                    description
                  }}
                }}
              }}
            }}
          }}
        }}
      }}
    }}
  }}
}}
"""

NOTICE = """
mutation Notice($subject: ID!) {
  addReaction(input: {subjectId: $subject, content: EYES}) {
    reaction {
      content
    }
  }
}
"""

ADD_ANSWER = """
mutation AddAnswer($subject: ID!, $body: String!) {
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

EDIT_ANSWER = """
mutation EditAnswer($comment: ID!, $body: String!) {
  updateIssueComment(input: {id: $comment, body: $body}) {
    issueComment {
      id
      url
    }
  }
}
"""

# What is in a repository, for who has no git. A branch is compared by its name; what it was then is told with it.
_TIP = """target {
        __typename
        oid
        ... on Commit {
          tree {
            oid
          }
        }
      }"""

TIPS = f"""
query Tips(
  $owner: String!, $name: String!, $head: String!, $base: String!, $branched: Boolean!, $named: Boolean!
) {{
  repository(owner: $owner, name: $name) {{
    defaultBranchRef {{
      name
      {_TIP}
    }}
    head: ref(qualifiedName: $head) @include(if: $branched) {{
      {_TIP}
    }}
    base: ref(qualifiedName: $base) @include(if: $named) {{
      {_TIP}
    }}
  }}
}}
"""

_COMMITS = """nodes {
            oid
            message
            tree {
              oid
            }
            author {
              name
              email
            }
            parents(first: 1) {
              nodes {
                oid
              }
            }
          }
          pageInfo {
            hasNextPage
            endCursor
          }"""

COMPARISON = f"""
query Comparison($owner: String!, $name: String!, $base: String!, $head: String!, $after: String) {{
  repository(owner: $owner, name: $name) {{
    ref(qualifiedName: $base) {{
      compare(headRef: $head) {{
        baseTarget {{
          __typename
          oid
        }}
        headTarget {{
          __typename
          oid
        }}
        commits(first: 100, after: $after) {{
          {_COMMITS}
        }}
      }}
    }}
  }}
}}
"""

HISTORY = f"""
query History($owner: String!, $name: String!, $commit: GitObjectID!, $after: String) {{
  repository(owner: $owner, name: $name) {{
    object(oid: $commit) {{
      __typename
      ... on Commit {{
        history(first: 100, after: $after) {{
          {_COMMITS}
        }}
      }}
    }}
  }}
}}
"""

# GitHub signs what it commits itself; all files in one commit, and only onto what was looked at.
COMMIT = """
mutation Commit($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) {
    commit {
      oid
    }
  }
}
"""

DOCUMENTS = (
    *(VIEWER, MARK_READY, MARK_DRAFT, ACTIVITY, CONVERSATION, NOTICE, ADD_ANSWER, EDIT_ANSWER),
    *(TIPS, COMPARISON, HISTORY, COMMIT),
)
