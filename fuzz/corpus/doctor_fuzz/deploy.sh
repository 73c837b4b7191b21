# the stack
STACK=edge
aws cloudformation create-stack --stack-name "$STACK" --template-body file://flows.yaml

# what came
aws s3 ls "s3://$STACK-archive/logs/" --recursive

# the function
aws lambda create-function --function-name answer --role arn:aws:iam::123456789012:role/answer-role \
  --handler answer.run

# its topic
aws sns subscribe --topic-arn arn:aws:sns:eu-west-1:123456789012:pager --protocol lambda
