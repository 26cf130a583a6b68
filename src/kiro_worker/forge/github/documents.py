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

DOCUMENTS = (VIEWER, MARK_READY, MARK_DRAFT, ACTIVITY, CONVERSATION, NOTICE, ADD_ANSWER, EDIT_ANSWER)
