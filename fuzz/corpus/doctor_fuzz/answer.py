import json, time

def run(event, context):
    message = json.loads(event['Records'][0]['Sns']['Message'])
    which = message['AlarmName']
    if 'Slow' in which:
        return slow()
    if which == 'Intruder':
        return watch()

def slow():
    points = cloudwatch.get_metric_statistics(Namespace='Edge/Latency/core', MetricName='rtt', Dimensions=[], Period=60)
    return points['Datapoints'][-1]['Average']

def watch():
    text = """filter action = "REJECT"
    | stats count(*) by srcaddr"""
    started = logs.start_query(logGroupName='/aws/vpc/flowlogs/edge', queryString=text)
    time.sleep(5)
    return logs.get_query_results(queryId=started['queryId'])['results']
